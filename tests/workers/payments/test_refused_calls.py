"""Calls that a gateway refuses: only a refusal behind which no money can have moved ends anything."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.refund import GatewayRefundStatus
from messages.errors import Unavailable
from store.payments.review import ReviewItem, review_items
from store.reading import reading
from tests.doubles.faults import Fault
from tests.workers.payments.harness import PaymentHarness
from workers.payments.reconcile import import_recent, poll_open_payments
from workers.payments.refund_result import apply_refund

AT_ONCE = timedelta(0)


def to_review(harness: PaymentHarness, order_id: str) -> list[ReviewItem]:
    """The review items about the refunds of an order."""
    refs = [str(row["id"]) for row in harness.refunds(order_id)]
    with reading(harness.engine) as session:
        return [item for item in review_items(session, now=harness.clock()) if item.ref in refs]


def held_refund(harness: PaymentHarness, minor: int | None = None) -> tuple[str, str]:
    """A paid order with a refund that the gateway holds; the order and the gateway's id of the refund."""
    order_id, _ = harness.bought()
    harness.memory.hold_refunds = True
    harness.refund(order_id, minor)
    return order_id, harness.memory.pending_refunds()[0]


class TestRefusedPoll:
    @pytest.mark.parametrize("fault", [Fault.UNKNOWN, Fault.FORBIDDEN])
    def test_ends_no_refund(self, harness: PaymentHarness, fault: Fault) -> None:
        order_id, ref = held_refund(harness)
        harness.memory.faults.plan("fetch", fault)

        poll_open_payments(harness.context, open_for=AT_ONCE)
        [between] = harness.minutes.packages()
        [refund] = harness.refunds(order_id)
        harness.memory.end_refund(ref, succeeded=True)
        harness.hear_all()

        assert (between["frozen_seconds"], between["left_seconds"], refund["status"]) == (18_000, 0, "unknown")
        assert harness.refunds(order_id)[0]["status"] == "succeeded"
        assert harness.minutes.packages()[0]["voided_seconds"] == 18_000

    def test_is_shown_to_a_person_within_the_hour(self, harness: PaymentHarness) -> None:
        order_id, _ = held_refund(harness)
        harness.memory.faults.plan("fetch", Fault.UNKNOWN)
        poll_open_payments(harness.context, open_for=AT_ONCE)

        at_first = to_review(harness, order_id)
        harness.offset += timedelta(minutes=61)
        an_hour_later = to_review(harness, order_id)

        assert (at_first, [item.kind for item in an_hour_later]) == ([], ["refund unknown"])

    def test_is_made_again_until_it_is_answered(self, harness: PaymentHarness) -> None:
        order_id, ref = held_refund(harness)
        harness.memory.faults.plan("fetch", Fault.UNKNOWN)
        poll_open_payments(harness.context, open_for=AT_ONCE)
        harness.memory.end_refund(ref, succeeded=False)
        harness.memory.hints.clear()

        poll_open_payments(harness.context, open_for=AT_ONCE)

        assert harness.refunds(order_id)[0]["status"] == "failed"
        assert harness.minutes.packages()[0]["left_seconds"] == 18_000


class TestRefusedRefund:
    def test_ends_it_when_it_was_never_asked_for_before(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.refund_from_dashboard(payment_ref, 60_000)
        harness.memory.hints.clear()

        answer = harness.refund(order_id)

        assert (answer["status"], answer["failure"]) == ("failed", "too_much")
        assert harness.minutes.packages()[0]["left_seconds"] == 18_000

    def test_is_unclear_when_the_payment_is_unknown_to_our_key(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.faults.plan("refund", Fault.UNKNOWN)

        answer = harness.refund(order_id)
        poll_open_payments(harness.context, open_for=AT_ONCE)

        assert answer["status"] == "unknown"
        assert harness.refunds(order_id)[0]["status"] == "succeeded"

    def test_is_not_believed_when_an_earlier_call_went_through(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.faults.plan("refund", Fault.ERROR_AFTER_COMMIT)
        with pytest.raises(Unavailable):
            harness.refund(order_id)
        harness.memory.forget_keys()

        poll_open_payments(harness.context, open_for=AT_ONCE)

        assert harness.refunds(order_id)[0]["status"] == "succeeded"
        assert harness.minutes.packages()[0]["voided_seconds"] == 18_000

    def test_ends_it_when_the_gateway_has_no_trace_of_an_earlier_call(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.faults.plan("refund", Fault.ERROR_BEFORE)
        with pytest.raises(Unavailable):
            harness.refund(order_id, 20_000)
        harness.memory.refund_from_dashboard(payment_ref, 60_000)

        poll_open_payments(harness.context, open_for=AT_ONCE)

        [ours] = [row for row in harness.refunds(order_id) if row["origin"] == "ours"]
        assert (ours["status"], ours["failure"]) == ("failed", "too_much")

    def test_stays_open_while_nobody_can_look_for_an_earlier_call(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.faults.plan("refund", Fault.ERROR_BEFORE)
        with pytest.raises(Unavailable):
            harness.refund(order_id, 20_000)
        harness.memory.refund_from_dashboard(payment_ref, 60_000)
        harness.memory.faults.plan("list_refunds", Fault.UNKNOWN)

        poll_open_payments(harness.context, open_for=AT_ONCE)

        [ours] = [row for row in harness.refunds(order_id) if row["origin"] == "ours"]
        assert ours["status"] == "unknown"


class TestSucceededAfterFailed:
    def failed_and_then_given_back(self, harness: PaymentHarness, *, used_seconds: int = 0) -> str:
        """An order whose refund failed, and gave the money back after all."""
        order_id, ref = held_refund(harness)
        reported = harness.memory.fetch_refund(ref)
        apply_refund(harness.context, harness.memory.name, replace(reported, status=GatewayRefundStatus.FAILED))
        if used_seconds:
            harness.use(used_seconds)
        harness.memory.end_refund(ref, succeeded=True)
        harness.hear_all()
        return order_id

    def test_voids_the_minutes_after_all(self, harness: PaymentHarness) -> None:
        order_id = self.failed_and_then_given_back(harness)

        [refund] = harness.refunds(order_id)
        [package] = harness.minutes.packages()
        assert (refund["status"], refund["failure"], refund["needs_review"]) == ("succeeded", None, False)
        assert (package["state"], package["voided_seconds"]) == ("voided", 18_000)

    def test_puts_what_was_used_meanwhile_before_a_person(self, harness: PaymentHarness) -> None:
        order_id = self.failed_and_then_given_back(harness, used_seconds=5_000)

        [refund] = harness.refunds(order_id)
        assert (refund["status"], refund["void_seconds"], refund["needs_review"]) == ("succeeded", 13_000, True)
        [item] = to_review(harness, order_id)
        assert "5000 s of its minutes were used meanwhile" in item.sentence

    @pytest.mark.parametrize(("used_seconds", "needs_review"), [(0, False), (4_000, True)])
    def test_voids_what_was_restored(self, harness: PaymentHarness, used_seconds: int, needs_review: bool) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id)
        reported = harness.memory.fetch_refund(harness.refunds(order_id)[0]["refund_ref"])
        name = harness.memory.name
        apply_refund(harness.context, name, replace(reported, status=GatewayRefundStatus.FAILED))
        if used_seconds:
            harness.use(used_seconds)

        for _ in range(2):
            apply_refund(harness.context, name, reported)

        [support] = [package for package in harness.minutes.packages() if package["kind"] == "support"]
        [refund] = harness.refunds(order_id)
        assert (support["left_seconds"], support["voided_seconds"]) == (0, 18_000 - used_seconds)
        assert (refund["status"], refund["needs_review"]) == ("succeeded", needs_review)


class TestRefusedCheckout:
    @pytest.mark.parametrize("fault", [Fault.UNKNOWN, Fault.FORBIDDEN])
    def test_fails_no_order(self, harness: PaymentHarness, fault: Fault) -> None:
        harness.memory.faults.plan("create_checkout", fault)

        with pytest.raises(Unavailable):
            harness.buy()
        poll_open_payments(harness.context, open_for=AT_ONCE)

        [order] = harness.orders()
        assert (order["status"], order["failure"]) == ("pending", None)
        assert order["redirect_url"] is not None
        import_recent(harness.context)
        assert harness.minutes.facts("purchase.failed") == []
