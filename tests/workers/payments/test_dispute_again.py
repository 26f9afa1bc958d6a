"""Disputes that are open again, inquiries that end for the buyer, and what was entered for another order."""

import pytest

from tests.workers.payments.harness import PaymentHarness
from workers.payments.reconcile import import_recent


def won(harness: PaymentHarness, minor: int | None = None) -> tuple[str, str]:
    """A dispute that was won, and its order; 8 000 seconds were used meanwhile."""
    order_id, payment_ref = harness.bought()
    ref = harness.memory.open_dispute(payment_ref, minor)
    harness.memory.close_dispute(ref, won=True)
    harness.hear_all()
    harness.use(8_000)
    return order_id, ref


class TestADisputeThatIsOpenAgain:
    @pytest.mark.parametrize("by_list", [True, False])
    def test_freezes_what_is_left(self, harness: PaymentHarness, by_list: bool) -> None:
        _, ref = won(harness)

        harness.memory.reopen_dispute(ref)
        if by_list:
            harness.memory.hints.clear()
            import_recent(harness.context)
        else:
            harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["frozen_seconds"], package["left_seconds"]) == ("frozen", 10_000, 0)
        opened = harness.minutes.facts("dispute.opened")
        assert [fact["data"]["frozen_seconds"] for fact in opened] == [18_000, 10_000]

    def test_about_a_part_freezes_that_part(self, harness: PaymentHarness) -> None:
        _, ref = won(harness, 10_000)

        harness.memory.reopen_dispute(ref)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["frozen_seconds"], package["left_seconds"]) == ("active", 2_576, 7_424)

    @pytest.mark.parametrize(("is_won", "left_seconds", "debt_seconds"), [(True, 10_000, 0), (False, 0, 8_000)])
    def test_ends_as_any_other(
        self, harness: PaymentHarness, is_won: bool, left_seconds: int, debt_seconds: int
    ) -> None:
        _, ref = won(harness)
        harness.memory.reopen_dispute(ref)
        harness.hear_all()

        harness.memory.close_dispute(ref, won=is_won)
        harness.hear_all()

        assert harness.minutes.packages()[0]["left_seconds"] == left_seconds
        assert harness.minutes.row()["debt_seconds"] == debt_seconds
        assert harness.items() == []

    def test_after_its_loss_was_taken_back_is_put_before_a_person(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref)
        for is_won in (False, True):
            harness.memory.close_dispute(ref, won=is_won)
            harness.hear_all()

        harness.memory.reopen_dispute(ref)
        harness.hear_all()

        assert harness.order(order_id)["needs_review"]
        assert "is open again" in harness.order(order_id)["failure"]


class TestAnInquiryThatEndsForItsBuyer:
    def test_without_a_refund_is_put_before_a_person(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref, 10_000, is_inquiry=True)

        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        sentence = f"inquiry {ref} ended with 100.00 RUB for its buyer, and no refund of it is known"
        assert harness.items() == [("order needs review", sentence)]
        assert harness.minutes.packages()[0]["left_seconds"] == 18_000
        assert harness.minutes.select("SELECT FROM dispute WHERE order_id = :id", id=order_id) == []

    def test_by_a_refund_is_that_refund(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref, 10_000, is_inquiry=True)
        harness.memory.refund_from_dashboard(payment_ref, 10_000)
        harness.memory.hints.clear()

        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        assert harness.items() == []
        assert harness.minutes.packages()[0]["voided_seconds"] == 2_576


class TestADisputeThatWasEnteredForAnotherOrder:
    def test_is_put_before_a_person_when_its_gateway_reports_it(self, harness: PaymentHarness) -> None:
        other, _ = harness.bought()
        order_id, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref)
        harness.report_dispute(other, "open", ref)

        harness.hear_all()

        assert harness.order(order_id)["failure"] == (
            f"dispute {ref} is about this order, and was entered for another one before"
        )
