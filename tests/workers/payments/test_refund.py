"""Refunds and disputes: minutes follow the money, and nobody spends what is being given back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefundStatus
from domain.money import Money
from messages.errors import MessageRejected, Unavailable
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.workers.payments.harness import Crash, PaymentHarness, fresh_till, stock
from workers.context import NotSetUp
from workers.payments.payment import apply_payment
from workers.payments.reconcile import import_recent, poll_open_payments
from workers.payments.refund_result import apply_refund

AT_ONCE = timedelta(0)


@pytest.fixture(scope="module")
def shop(shared_engine: Engine) -> Engine:
    """The shared database, with products on offer."""
    stock(shared_engine)
    return shared_engine


@pytest.fixture
def harness(shop: Engine) -> Iterator[PaymentHarness]:
    """An account and a gateway of its own."""
    return fresh_till(shop)


class TestRefund:
    def test_in_full_voids_everything(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        answer = harness.refund(order_id)

        [package] = harness.minutes.packages()
        assert answer["status"] == "succeeded"
        assert (package["left_seconds"], package["voided_seconds"], package["state"]) == (0, 18_000, "voided")
        assert harness.memory.books_of(harness.order(order_id)["checkout_ref"]) == (69_900, 69_900)
        [fact] = harness.minutes.facts("refund.completed")
        assert (fact["data"]["amount_minor"], fact["data"]["voided_seconds"]) == (69_900, 18_000)

    def test_in_part_voids_the_share_rounded_up(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        harness.refund(order_id, 20_000)

        [package] = harness.minutes.packages()
        assert package["voided_seconds"] == 5_151
        assert package["state"] == "active"

    def test_knows_what_was_used(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.use(9_000)

        answer = harness.refund(order_id)

        assert answer["amount_minor"] == 34_950
        [package] = harness.minutes.packages()
        assert (package["consumed_seconds"], package["voided_seconds"], package["left_seconds"]) == (9_000, 9_000, 0)

    def test_repeated_in_parts_never_gives_back_more_than_was_paid(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        answers = [harness.refund(order_id, 30_000) for _ in range(3)]

        assert [answer.get("status", answer.get("code")) for answer in answers] == ["succeeded", "succeeded", "TooMuch"]
        assert harness.memory.books_of(harness.order(order_id)["checkout_ref"])[1] == 60_000

    def test_gets_one_answer_and_one_effect_for_one_message(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id, 10_000)
        harness.hear_all()
        import_recent(harness.context)

        [refund] = harness.refunds(order_id)
        assert (refund["status"], refund["void_seconds"]) == ("succeeded", 2_576)
        assert len(harness.minutes.facts("refund.completed")) == 1

    def test_that_is_pending_freezes_and_is_voided_at_its_end(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.hold_refunds = True

        harness.refund(order_id)
        [before] = harness.minutes.packages()
        harness.memory.settle_refund(harness.memory.pending_refunds()[0], succeeded=True)
        harness.hear_all()

        [after] = harness.minutes.packages()
        assert (before["frozen_seconds"], before["left_seconds"]) == (18_000, 0)
        assert (after["frozen_seconds"], after["voided_seconds"]) == (0, 18_000)

    def test_that_fails_gives_the_minutes_free_again(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.hold_refunds = True
        harness.refund(order_id, 20_000)

        harness.memory.settle_refund(harness.memory.pending_refunds()[0], succeeded=False)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["left_seconds"], package["frozen_seconds"], package["state"]) == (18_000, 0, "active")
        [fact] = harness.minutes.facts("refund.failed")
        assert fact["data"]["code"] == "failed"

    def test_of_unknown_outcome_stays_frozen_and_is_asked_again_with_the_same_key(
        self, harness: PaymentHarness
    ) -> None:
        order_id, _ = harness.bought()
        harness.memory.faults.plan("refund", Fault.ERROR_AFTER_COMMIT)

        with pytest.raises(Unavailable):
            harness.refund(order_id)
        [frozen] = harness.minutes.packages()
        poll_open_payments(harness.context, open_for=AT_ONCE)

        [package] = harness.minutes.packages()
        assert frozen["frozen_seconds"] == 18_000
        assert package["voided_seconds"] == 18_000
        assert harness.memory.books_of(harness.order(order_id)["checkout_ref"]) == (69_900, 69_900)

    def test_is_put_before_a_person_once_its_key_protects_no_longer(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.faults.plan("refund", Fault.ERROR_AFTER_COMMIT)
        with pytest.raises(Unavailable):
            harness.refund(order_id)

        harness.offset = timedelta(hours=21)
        poll_open_payments(harness.context, open_for=AT_ONCE)

        [refund] = harness.refunds(order_id)
        assert (refund["status"], refund["needs_review"]) == ("unknown", True)
        assert harness.memory.calls["refund"] == 1
        harness.hear_all()
        assert harness.refunds(order_id)[0]["status"] == "succeeded"

    def test_of_another_account_is_rejected(self, harness: PaymentHarness, shop: Engine) -> None:
        order_id, _ = harness.bought()

        with pytest.raises(MessageRejected, match="another account"):
            fresh_till(shop).refund(order_id)

    def test_of_what_is_not_paid_is_refused(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]

        assert harness.refund(order_id)["code"] == "NotPaid"
        assert harness.refund("no-such-order")["code"] == "UnknownOrder"

    def test_with_minutes_waived_leaves_them(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.use(9_000)

        answer = harness.refund(order_id, waive_minutes=True)

        [package] = harness.minutes.packages()
        assert (answer["amount_minor"], package["left_seconds"], package["voided_seconds"]) == (69_900, 9_000, 0)

    def test_that_failed_after_it_had_succeeded_restores_the_minutes(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id, 20_000)
        [refund] = harness.refunds(order_id)
        told = harness.memory.fetch_refund(refund["refund_ref"])
        for _ in range(2):
            apply_refund(
                harness.context, harness.memory.name, replace(told, status=GatewayRefundStatus.FAILED, failure="late")
            )

        kinds = [(package["kind"], package["left_seconds"]) for package in harness.minutes.packages()]
        assert kinds == [("purchased", 12_849), ("support", 5_151)]
        assert harness.refunds(order_id)[0]["status"] == "failed"

    @pytest.mark.parametrize("transactions", range(1, 8))
    @pytest.mark.parametrize("is_after_commit", [True, False])
    def test_a_crash_between_any_two_steps_loses_and_doubles_nothing(
        self, harness: PaymentHarness, transactions: int, is_after_commit: bool
    ) -> None:
        order_id, _ = harness.bought()
        harness.plug.transactions, harness.plug.is_after_commit = transactions, is_after_commit

        try:
            harness.refund(order_id, 20_000)
        except Crash:
            pass
        harness.plug.transactions = 0
        poll_open_payments(harness.context, open_for=AT_ONCE)
        harness.hear_all()
        poll_open_payments(harness.context, open_for=AT_ONCE)

        [package] = harness.minutes.packages()
        given_back = harness.memory.books_of(harness.order(order_id)["checkout_ref"])[1]
        statuses = [refund["status"] for refund in harness.refunds(order_id)]
        assert (given_back, statuses) in ((20_000, ["succeeded"]), (0, []))
        assert package["voided_seconds"] == (5_151 if given_back else 0)
        assert package["frozen_seconds"] == 0

    def test_that_ends_after_the_rest_was_waived_leaves_what_was_waived(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.hold_refunds = True
        harness.refund(order_id, 20_000)
        harness.memory.hold_refunds = False
        harness.refund(order_id, waive_minutes=True)

        harness.memory.settle_refund(harness.memory.pending_refunds()[0], succeeded=True)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["left_seconds"]) == ("active", 12_849)


class TestDashboardRefund:
    def test_takes_the_minutes_back(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()

        harness.memory.refund_from_dashboard(payment_ref, 20_000)
        harness.hear_all()

        [refund] = harness.refunds(order_id)
        assert (refund["origin"], refund["status"], refund["void_seconds"]) == ("gateway", "succeeded", 5_151)

    def test_is_found_when_its_webhook_was_lost(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.refund_from_dashboard(payment_ref, 69_900)
        harness.memory.hints.clear()

        import_recent(harness.context)
        import_recent(harness.context)

        [refund] = harness.refunds(order_id)
        assert refund["void_seconds"] == 18_000
        assert harness.minutes.packages()[0]["state"] == "voided"

    def test_of_used_minutes_takes_what_is_left(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.use(17_000)

        harness.memory.refund_from_dashboard(payment_ref, 35_000)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["voided_seconds"], harness.minutes.row()["debt_seconds"]) == (1_000, 0)


class TestDispute:
    def test_freezes_what_is_left(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.use(8_000)

        harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["frozen_seconds"], package["left_seconds"]) == ("frozen", 10_000, 0)

    def test_won_gives_it_free(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.close_dispute(ref, won=True)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["left_seconds"]) == ("active", 18_000)

    def test_lost_voids_it_and_what_was_used_becomes_debt(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.use(8_000)
        ref = harness.memory.open_dispute(payment_ref)

        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["voided_seconds"]) == ("voided", 10_000)
        assert harness.minutes.row()["debt_seconds"] == 8_000
        harness.bought()
        assert harness.minutes.row()["debt_seconds"] == 0

    def test_refuses_refunds_meanwhile(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        assert harness.refund(order_id)["code"] == "Disputed"

    def test_may_be_told_by_a_person(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        harness.report_dispute(order_id, "open")
        harness.report_dispute(order_id, "lost")

        assert harness.minutes.packages()[0]["state"] == "voided"
        assert [fact["data"]["is_won"] for fact in harness.minutes.facts("dispute.closed")] == [False]

    def test_told_by_a_person_is_not_taken_for_another_order(self, harness: PaymentHarness) -> None:
        first, _ = harness.bought()
        second, _ = harness.bought()
        harness.report_dispute(first, "open", "letter-1")

        with pytest.raises(MessageRejected, match=f"letter-1 is about order {first}"):
            harness.report_dispute(second, "lost", "letter-1")

        assert [package["state"] for package in harness.minutes.packages()] == ["frozen", "active"]

    def test_beside_a_refund_under_way_frees_only_its_own(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.hold_refunds = True
        harness.refund(order_id, 20_000)
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.close_dispute(ref, won=True)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["frozen_seconds"], package["left_seconds"]) == (5_151, 12_849)

    def test_won_frees_nothing_while_another_is_open(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        first, second = harness.memory.open_dispute(payment_ref), harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.close_dispute(first, won=True)
        harness.hear_all()
        [between] = harness.minutes.packages()
        harness.memory.close_dispute(second, won=True)
        harness.hear_all()

        assert (between["state"], between["left_seconds"]) == ("frozen", 0)
        assert harness.minutes.packages()[0]["left_seconds"] == 18_000

    def test_does_not_shelter_minutes_from_a_refund_in_the_dashboard(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.refund_from_dashboard(payment_ref, 60_000)
        harness.memory.close_dispute(ref, won=True)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["voided_seconds"], package["left_seconds"], package["frozen_seconds"]) == (15_451, 2_549, 0)

    @pytest.mark.parametrize("is_won", [True, False])
    def test_takes_over_what_a_refund_that_fails_had_frozen(self, harness: PaymentHarness, is_won: bool) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.hold_refunds = True
        harness.refund(order_id, 20_000)
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.settle_refund(harness.memory.pending_refunds()[0], succeeded=False)
        harness.memory.close_dispute(ref, won=is_won)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert package["left_seconds"] == (18_000 if is_won else 0)
        assert package["voided_seconds"] == (0 if is_won else 18_000)


class TestRestored:
    def test_is_not_refunded_again_unless_the_minutes_are_waived(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id)
        [refund] = harness.refunds(order_id)
        told = harness.memory.fetch_refund(refund["refund_ref"])
        apply_refund(harness.context, harness.memory.name, replace(told, status=GatewayRefundStatus.FAILED))

        assert harness.refund(order_id)["code"] == "RestoredBefore"


class TestGatewayTakenAway:
    def test_is_told_at_once_and_changes_nothing(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.context = replace(harness.context, gateways={})

        with pytest.raises(NotSetUp, match="is not set up"):
            harness.refund(order_id)

        assert harness.minutes.packages()[0]["frozen_seconds"] == 0


class TestWrongMoney:
    def test_stays_in_question_whatever_comes_later(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        checkout_ref = harness.order(order_id)["checkout_ref"]
        wrong = replace(harness.memory.fetch_payment(checkout_ref), price=Money(100, "RUB"), at=harness.clock())

        paid = replace(wrong, status=PaymentStatus.PAID, payment_ref=f"pi_wrong_{order_id}")
        apply_payment(harness.context, harness.memory.name, paid)
        harness.memory.fail(checkout_ref, PaymentStatus.EXPIRED)
        harness.hear_all()

        order = harness.order(order_id)
        assert harness.minutes.packages() == []
        assert (order["needs_review"], order["payment_ref"]) == (True, paid.payment_ref)
        assert "1.00 RUB was paid for an order of 699.00 RUB" in order["failure"]

    def test_is_not_taken_when_it_is_only_approved(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.takes_itself = False
        payment = harness.memory.fetch_payment(harness.order(order_id)["checkout_ref"])

        told = replace(payment, status=PaymentStatus.APPROVED, price=Money(100, "RUB"))
        apply_payment(harness.context, harness.memory.name, told)

        assert harness.memory.calls["complete_checkout"] == 0
        assert harness.order(order_id)["needs_review"]
