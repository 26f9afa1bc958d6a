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
def till(shop: Engine) -> Iterator[PaymentHarness]:
    """An account and a gateway of its own."""
    return fresh_till(shop)


class TestRefund:
    def test_in_full_voids_everything(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()

        answer = till.refund(order_id)

        [package] = till.desk.packages()
        assert answer["status"] == "succeeded"
        assert (package["left_seconds"], package["voided_seconds"], package["state"]) == (0, 18_000, "voided")
        assert till.memory.books_of(till.order(order_id)["checkout_ref"]) == (69_900, 69_900)
        [fact] = till.desk.facts("refund.completed")
        assert (fact["data"]["amount_minor"], fact["data"]["voided_seconds"]) == (69_900, 18_000)

    def test_in_part_voids_the_share_rounded_up(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()

        till.refund(order_id, 20_000)

        [package] = till.desk.packages()
        assert package["voided_seconds"] == 5_151
        assert package["state"] == "active"

    def test_knows_what_was_used(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.use(9_000)

        answer = till.refund(order_id)

        assert answer["amount_minor"] == 34_950
        [package] = till.desk.packages()
        assert (package["consumed_seconds"], package["voided_seconds"], package["left_seconds"]) == (9_000, 9_000, 0)

    def test_repeated_in_parts_never_gives_back_more_than_was_paid(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()

        answers = [till.refund(order_id, 30_000) for _ in range(3)]

        assert [answer.get("status", answer.get("code")) for answer in answers] == ["succeeded", "succeeded", "TooMuch"]
        assert till.memory.books_of(till.order(order_id)["checkout_ref"])[1] == 60_000

    def test_gets_one_answer_and_one_effect_for_one_message(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.refund(order_id, 10_000)
        till.hear_all()
        import_recent(till.payments)

        [refund] = till.refunds(order_id)
        assert (refund["status"], refund["void_seconds"]) == ("succeeded", 2_576)
        assert len(till.desk.facts("refund.completed")) == 1

    def test_that_is_pending_freezes_and_is_voided_at_its_end(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.memory.hold_refunds = True

        till.refund(order_id)
        [before] = till.desk.packages()
        till.memory.settle_refund(till.memory.pending_refunds()[0], succeeded=True)
        till.hear_all()

        [after] = till.desk.packages()
        assert (before["frozen_seconds"], before["left_seconds"]) == (18_000, 0)
        assert (after["frozen_seconds"], after["voided_seconds"]) == (0, 18_000)

    def test_that_fails_gives_the_minutes_free_again(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.memory.hold_refunds = True
        till.refund(order_id, 20_000)

        till.memory.settle_refund(till.memory.pending_refunds()[0], succeeded=False)
        till.hear_all()

        [package] = till.desk.packages()
        assert (package["left_seconds"], package["frozen_seconds"], package["state"]) == (18_000, 0, "active")
        [fact] = till.desk.facts("refund.failed")
        assert fact["data"]["code"] == "failed"

    def test_of_unknown_outcome_stays_frozen_and_is_asked_again_with_the_same_key(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.memory.faults.plan("refund", Fault.ERROR_AFTER_COMMIT)

        with pytest.raises(Unavailable):
            till.refund(order_id)
        [frozen] = till.desk.packages()
        poll_open_payments(till.payments, open_for=AT_ONCE)

        [package] = till.desk.packages()
        assert frozen["frozen_seconds"] == 18_000
        assert package["voided_seconds"] == 18_000
        assert till.memory.books_of(till.order(order_id)["checkout_ref"]) == (69_900, 69_900)

    def test_is_put_before_a_person_once_its_key_protects_no_longer(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.memory.faults.plan("refund", Fault.ERROR_AFTER_COMMIT)
        with pytest.raises(Unavailable):
            till.refund(order_id)

        till.offset = timedelta(hours=21)
        poll_open_payments(till.payments, open_for=AT_ONCE)

        [refund] = till.refunds(order_id)
        assert (refund["status"], refund["needs_review"]) == ("unknown", True)
        assert till.memory.calls["refund"] == 1
        till.hear_all()
        assert till.refunds(order_id)[0]["status"] == "succeeded"

    def test_of_another_account_is_rejected(self, till: PaymentHarness, shop: Engine) -> None:
        order_id, _ = till.bought()

        with pytest.raises(MessageRejected, match="another account"):
            fresh_till(shop).refund(order_id)

    def test_of_what_is_not_paid_is_refused(self, till: PaymentHarness) -> None:
        order_id = till.buy()["order_id"]

        assert till.refund(order_id)["code"] == "NotPaid"
        assert till.refund("no-such-order")["code"] == "UnknownOrder"

    def test_with_minutes_waived_leaves_them(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.use(9_000)

        answer = till.refund(order_id, waive_minutes=True)

        [package] = till.desk.packages()
        assert (answer["amount_minor"], package["left_seconds"], package["voided_seconds"]) == (69_900, 9_000, 0)

    def test_that_failed_after_it_had_succeeded_restores_the_minutes(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.refund(order_id, 20_000)
        [refund] = till.refunds(order_id)
        told = till.memory.fetch_refund(refund["refund_ref"])
        for _ in range(2):
            apply_refund(
                till.payments, till.memory.name, replace(told, status=GatewayRefundStatus.FAILED, failure="late")
            )

        kinds = [(package["kind"], package["left_seconds"]) for package in till.desk.packages()]
        assert kinds == [("purchased", 12_849), ("support", 5_151)]
        assert till.refunds(order_id)[0]["status"] == "failed"

    @pytest.mark.parametrize("transactions", range(1, 8))
    @pytest.mark.parametrize("is_after_commit", [True, False])
    def test_a_crash_between_any_two_steps_loses_and_doubles_nothing(
        self, till: PaymentHarness, transactions: int, is_after_commit: bool
    ) -> None:
        order_id, _ = till.bought()
        till.plug.transactions, till.plug.is_after_commit = transactions, is_after_commit

        try:
            till.refund(order_id, 20_000)
        except Crash:
            pass
        till.plug.transactions = 0
        poll_open_payments(till.payments, open_for=AT_ONCE)
        till.hear_all()
        poll_open_payments(till.payments, open_for=AT_ONCE)

        [package] = till.desk.packages()
        given_back = till.memory.books_of(till.order(order_id)["checkout_ref"])[1]
        statuses = [refund["status"] for refund in till.refunds(order_id)]
        assert (given_back, statuses) in ((20_000, ["succeeded"]), (0, []))
        assert package["voided_seconds"] == (5_151 if given_back else 0)
        assert package["frozen_seconds"] == 0

    def test_that_ends_after_the_rest_was_waived_leaves_what_was_waived(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.memory.hold_refunds = True
        till.refund(order_id, 20_000)
        till.memory.hold_refunds = False
        till.refund(order_id, waive_minutes=True)

        till.memory.settle_refund(till.memory.pending_refunds()[0], succeeded=True)
        till.hear_all()

        [package] = till.desk.packages()
        assert (package["state"], package["left_seconds"]) == ("active", 12_849)


class TestDashboardRefund:
    def test_takes_the_minutes_back(self, till: PaymentHarness) -> None:
        order_id, payment_ref = till.bought()

        till.memory.refund_from_dashboard(payment_ref, 20_000)
        till.hear_all()

        [refund] = till.refunds(order_id)
        assert (refund["origin"], refund["status"], refund["void_seconds"]) == ("gateway", "succeeded", 5_151)

    def test_is_found_when_its_webhook_was_lost(self, till: PaymentHarness) -> None:
        order_id, payment_ref = till.bought()
        till.memory.refund_from_dashboard(payment_ref, 69_900)
        till.memory.hints.clear()

        import_recent(till.payments)
        import_recent(till.payments)

        [refund] = till.refunds(order_id)
        assert refund["void_seconds"] == 18_000
        assert till.desk.packages()[0]["state"] == "voided"

    def test_of_used_minutes_takes_what_is_left(self, till: PaymentHarness) -> None:
        _, payment_ref = till.bought()
        till.use(17_000)

        till.memory.refund_from_dashboard(payment_ref, 35_000)
        till.hear_all()

        [package] = till.desk.packages()
        assert (package["voided_seconds"], till.desk.row()["debt_seconds"]) == (1_000, 0)


class TestDispute:
    def test_freezes_what_is_left(self, till: PaymentHarness) -> None:
        _, payment_ref = till.bought()
        till.use(8_000)

        till.memory.open_dispute(payment_ref)
        till.hear_all()

        [package] = till.desk.packages()
        assert (package["state"], package["frozen_seconds"], package["left_seconds"]) == ("frozen", 10_000, 0)

    def test_won_gives_it_free(self, till: PaymentHarness) -> None:
        _, payment_ref = till.bought()
        ref = till.memory.open_dispute(payment_ref)
        till.hear_all()

        till.memory.close_dispute(ref, won=True)
        till.hear_all()

        [package] = till.desk.packages()
        assert (package["state"], package["left_seconds"]) == ("active", 18_000)

    def test_lost_voids_it_and_what_was_used_becomes_debt(self, till: PaymentHarness) -> None:
        _, payment_ref = till.bought()
        till.use(8_000)
        ref = till.memory.open_dispute(payment_ref)

        till.memory.close_dispute(ref, won=False)
        till.hear_all()

        [package] = till.desk.packages()
        assert (package["state"], package["voided_seconds"]) == ("voided", 10_000)
        assert till.desk.row()["debt_seconds"] == 8_000
        till.bought()
        assert till.desk.row()["debt_seconds"] == 0

    def test_refuses_refunds_meanwhile(self, till: PaymentHarness) -> None:
        order_id, payment_ref = till.bought()
        till.memory.open_dispute(payment_ref)
        till.hear_all()

        assert till.refund(order_id)["code"] == "Disputed"

    def test_may_be_told_by_a_person(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()

        till.report_dispute(order_id, "open")
        till.report_dispute(order_id, "lost")

        assert till.desk.packages()[0]["state"] == "voided"
        assert [fact["data"]["is_won"] for fact in till.desk.facts("dispute.closed")] == [False]

    def test_told_by_a_person_is_not_taken_for_another_order(self, till: PaymentHarness) -> None:
        first, _ = till.bought()
        second, _ = till.bought()
        till.report_dispute(first, "open", "letter-1")

        with pytest.raises(MessageRejected, match=f"letter-1 is about order {first}"):
            till.report_dispute(second, "lost", "letter-1")

        assert [package["state"] for package in till.desk.packages()] == ["frozen", "active"]

    def test_beside_a_refund_under_way_frees_only_its_own(self, till: PaymentHarness) -> None:
        order_id, payment_ref = till.bought()
        till.memory.hold_refunds = True
        till.refund(order_id, 20_000)
        ref = till.memory.open_dispute(payment_ref)
        till.hear_all()

        till.memory.close_dispute(ref, won=True)
        till.hear_all()

        [package] = till.desk.packages()
        assert (package["frozen_seconds"], package["left_seconds"]) == (5_151, 12_849)

    def test_won_frees_nothing_while_another_is_open(self, till: PaymentHarness) -> None:
        _, payment_ref = till.bought()
        first, second = till.memory.open_dispute(payment_ref), till.memory.open_dispute(payment_ref)
        till.hear_all()

        till.memory.close_dispute(first, won=True)
        till.hear_all()
        [between] = till.desk.packages()
        till.memory.close_dispute(second, won=True)
        till.hear_all()

        assert (between["state"], between["left_seconds"]) == ("frozen", 0)
        assert till.desk.packages()[0]["left_seconds"] == 18_000

    def test_does_not_shelter_minutes_from_a_refund_in_the_dashboard(self, till: PaymentHarness) -> None:
        _, payment_ref = till.bought()
        ref = till.memory.open_dispute(payment_ref)
        till.hear_all()

        till.memory.refund_from_dashboard(payment_ref, 60_000)
        till.memory.close_dispute(ref, won=True)
        till.hear_all()

        [package] = till.desk.packages()
        assert (package["voided_seconds"], package["left_seconds"], package["frozen_seconds"]) == (15_451, 2_549, 0)

    @pytest.mark.parametrize("is_won", [True, False])
    def test_takes_over_what_a_refund_that_fails_had_frozen(self, till: PaymentHarness, is_won: bool) -> None:
        order_id, payment_ref = till.bought()
        till.memory.hold_refunds = True
        till.refund(order_id, 20_000)
        ref = till.memory.open_dispute(payment_ref)
        till.hear_all()

        till.memory.settle_refund(till.memory.pending_refunds()[0], succeeded=False)
        till.memory.close_dispute(ref, won=is_won)
        till.hear_all()

        [package] = till.desk.packages()
        assert package["left_seconds"] == (18_000 if is_won else 0)
        assert package["voided_seconds"] == (0 if is_won else 18_000)


class TestRestored:
    def test_is_not_refunded_again_unless_the_minutes_are_waived(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.refund(order_id)
        [refund] = till.refunds(order_id)
        told = till.memory.fetch_refund(refund["refund_ref"])
        apply_refund(till.payments, till.memory.name, replace(told, status=GatewayRefundStatus.FAILED))

        assert till.refund(order_id)["code"] == "RestoredBefore"


class TestGatewayTakenAway:
    def test_is_told_at_once_and_changes_nothing(self, till: PaymentHarness) -> None:
        order_id, _ = till.bought()
        till.payments = replace(till.payments, gateways={})

        with pytest.raises(NotSetUp, match="is not set up"):
            till.refund(order_id)

        assert till.desk.packages()[0]["frozen_seconds"] == 0


class TestWrongMoney:
    def test_stays_in_question_whatever_comes_later(self, till: PaymentHarness) -> None:
        order_id = till.buy()["order_id"]
        checkout_ref = till.order(order_id)["checkout_ref"]
        wrong = replace(till.memory.fetch_payment(checkout_ref), price=Money(100, "RUB"), at=till.clock())

        paid = replace(wrong, status=PaymentStatus.PAID, payment_ref=f"pi_wrong_{order_id}")
        apply_payment(till.payments, till.memory.name, paid)
        till.memory.fail(checkout_ref, PaymentStatus.EXPIRED)
        till.hear_all()

        order = till.order(order_id)
        assert till.desk.packages() == []
        assert (order["needs_review"], order["payment_ref"]) == (True, paid.payment_ref)
        assert "1.00 RUB was paid for an order of 699.00 RUB" in order["failure"]

    def test_is_not_taken_when_it_is_only_approved(self, till: PaymentHarness) -> None:
        order_id = till.buy()["order_id"]
        till.memory.takes_itself = False
        payment = till.memory.fetch_payment(till.order(order_id)["checkout_ref"])

        told = replace(payment, status=PaymentStatus.APPROVED, price=Money(100, "RUB"))
        apply_payment(till.payments, till.memory.name, told)

        assert till.memory.calls["complete_checkout"] == 0
        assert till.order(order_id)["needs_review"]
