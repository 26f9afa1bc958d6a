"""What is older than the retention is erased, and what is open stays whole."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import workers.payments.erase
from domain.gateway.webhook import Hint, Subject
from tests.workers.payments.harness import PaymentHarness
from workers.payments.erase import erase_old

DAYS = timedelta(days=400)
SECOND = timedelta(seconds=1)


class TestEraseOld:
    def test_leaves_all_until_the_retention_is_over(self, harness: PaymentHarness) -> None:
        order_id, refund_id, webhooks = refunded(harness)

        erase(harness, later=DAYS - 60 * SECOND)

        assert all(webhook["body"] for webhook in stored(harness, webhooks))
        assert harness.order(order_id)["buyer_snapshot"] is not None
        assert refund_of(harness, refund_id)["buyer_snapshot"] is not None

    def test_erases_bytes_and_buyers_of_what_has_ended(self, harness: PaymentHarness) -> None:
        order_id, refund_id, webhooks = refunded(harness)

        counts = erase(harness, later=DAYS + 60 * SECOND)

        assert counts["webhooks"] >= len(webhooks)
        assert counts["buyers"] >= 2
        assert {bytes(webhook["body"]) for webhook in stored(harness, webhooks)} == {b""}
        order, refund = harness.order(order_id), refund_of(harness, refund_id)
        assert (order["buyer_snapshot"], refund["buyer_snapshot"]) == (None, None)
        assert (order["status"], refund["status"]) == ("paid", "succeeded")
        assert erase(harness, later=DAYS + 60 * SECOND) == {"webhooks": 0, "buyers": 0}

    def test_goes_on_batch_by_batch(self, harness: PaymentHarness, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workers.payments.erase, "BATCH", 1)
        _, _, webhooks = refunded(harness)

        erase(harness, later=DAYS + 60 * SECOND)

        assert {bytes(webhook["body"]) for webhook in stored(harness, webhooks)} == {b""}

    def test_leaves_what_is_open(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        hint = Hint(
            harness.gateway.name,
            f"unmatched-{harness.account}",
            Subject.PAYMENT,
            "unknown",
            "payment.paid",
            is_signed=True,
        )
        harness.hear(hint)

        erase(harness, later=DAYS + 60 * SECOND)

        assert harness.order(order_id)["buyer_snapshot"] is not None
        assert all(webhook["body"] for webhook in stored(harness, [hint.dedupe_key]))

    def test_one_that_comes_again_is_known(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        [hint] = [
            Hint(harness.gateway.name, key, Subject.PAYMENT, "x", "paid", is_signed=True) for key in keys(harness)
        ][:1]
        erase(harness, later=DAYS + 60 * SECOND)

        harness.hear(hint)

        assert harness.order(order_id)["status"] == "paid"
        assert {bytes(webhook["body"]) for webhook in stored(harness, [hint.dedupe_key])} == {b""}


def erase(harness: PaymentHarness, *, later: timedelta) -> dict[str, int]:
    """Erase as it would be done some time from now."""
    return erase_old(replace(harness.context, clock=lambda: harness.clock() + later, retention=DAYS))


def refunded(harness: PaymentHarness) -> tuple[str, str, list[str]]:
    """Buy, pay, and give the money back; return the order, the refund, and the keys of the webhooks."""
    order_id, _ = harness.bought()
    refund_id = harness.refund(order_id)["refund_id"]
    harness.hear_all()
    return order_id, refund_id, keys(harness)


def keys(harness: PaymentHarness) -> list[str]:
    """The keys of the webhooks that came for this harness's gateway."""
    rows = harness.minutes.select(
        "SELECT dedupe_key FROM webhook WHERE state = 'applied' AND gateway = :gateway", gateway=harness.gateway.name
    )
    return [row["dedupe_key"] for row in rows]


def refund_of(harness: PaymentHarness, refund_id: str) -> dict[str, Any]:
    [refund] = harness.minutes.select("SELECT * FROM refund WHERE id = :id", id=refund_id)
    return refund


def stored(harness: PaymentHarness, webhooks: list[str]) -> list[dict[str, Any]]:
    """The rows of some webhooks."""
    return harness.minutes.select("SELECT * FROM webhook WHERE dedupe_key = ANY(:keys)", keys=webhooks)
