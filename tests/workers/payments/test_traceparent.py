"""The trace of a request travels on with every fact that it leads to."""

from dataclasses import replace
from typing import Any

from messages.envelope import Envelope
from messages.payments.requests import DisputeReported, PurchaseRequested, RefundRequested
from messages.queues import PURCHASE
from store.engine import Engine
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class TestTraceparent:
    def test_is_in_the_facts_of_a_purchase_a_refund_and_a_reported_dispute(self, shared_engine: Engine) -> None:
        fill_catalogue(shared_engine)
        harness = fresh_harness(shared_engine)
        order_id, _ = harness.bought()
        reported: dict[str, Any] = {"order_id": order_id, "dispute_ref": "letter-1", "reason": "a letter"}
        refund = {"order_id": order_id, "reason": "asked for", "requested_by": "olga"}

        _hand_in(harness, PurchaseRequested, {"product_id": "nothing"})
        _hand_in(harness, PurchaseRequested, {"product_id": "standard"})
        _hand_in(harness, DisputeReported, reported | {"state": "open"})
        _hand_in(harness, RefundRequested, refund)
        _hand_in(harness, DisputeReported, reported | {"state": "won"})

        rows = harness.minutes.select("SELECT routing_key, traceparent, body FROM outbox WHERE traceparent IS NOT NULL")
        traced = {row["routing_key"] for row in rows if harness.account in bytes(row["body"]).decode()}
        assert {row["traceparent"] for row in rows} == {TRACE}
        assert traced >= {
            f"screph.{kind}.v1"
            for kind in ("purchase.failed", "purchase.link_ready", "dispute.opened", "refund.failed", "dispute.closed")
        }


def _hand_in(harness: PaymentHarness, model: type[Envelope], data: dict[str, Any]) -> None:
    event = harness.event(model, data, PURCHASE)
    traced = event.envelope.model_copy(update={"traceparent": TRACE})
    harness.handle(replace(event, envelope=traced))
