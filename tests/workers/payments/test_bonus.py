"""What an order grants besides: it comes with the payment, rests in a dispute, and ends when the money goes back."""

from datetime import timedelta

import pytest

from domain.identity import identity_of_card
from domain.payments.quote import Quote
from domain.promotions.discount import Discount
from store.audit.run import audit
from tests.workers.payments.harness import Crash, PaymentHarness
from tests.workers.payments.promoted import ALL_OF_IT, bought_promoted, buy_promoted
from workers.payments.reconcile import poll_open_payments
from workers.payments.refund import quote

HOUR = 3_600


def bonus_of(harness: PaymentHarness) -> dict[str, int]:
    """The row of the account's bonus, with the audit held."""
    assert [check.invariant.name for check in audit(harness.engine).checks if not check.holds] == []
    [row] = [row for row in harness.minutes.packages() if row["kind"] == "promo"]
    return row


class TestPaid:
    def test_grants_the_bonus_besides_with_its_own_end(self, harness: PaymentHarness) -> None:
        order_id, _ = bought_promoted(harness, bonus_seconds=HOUR, bonus_valid_days=30)

        bonus = bonus_of(harness)
        assert (bonus["granted_seconds"], bonus["priority"]) == (HOUR, 10)
        assert bonus["expires_at"] - bonus["activated_at"] == timedelta(days=30)
        assert harness.order(order_id)["bonus_package"] == bonus["number"]
        assert harness.minutes.facts("balance.changed")[-1]["data"]["available_seconds"] == 18_000 + HOUR
        assert sorted(fact["data"]["kind"] for fact in harness.minutes.facts("package.granted")) == [
            "promo",
            "purchased",
        ]

    def test_grants_it_once_whatever_is_repeated(self, harness: PaymentHarness) -> None:
        order_id = buy_promoted(harness, bonus_seconds=HOUR)
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        [hint] = harness.memory.hints

        for _ in range(3):
            harness.hear(hint)

        assert bonus_of(harness)["granted_seconds"] == HOUR

    def test_notes_the_card_by_which_one_person_is_known(self, harness: PaymentHarness) -> None:
        harness.memory.payer = "Ann"

        harness.bought()
        harness.bought()

        rows = harness.minutes.select(
            "SELECT kind, value::text FROM identity JOIN account ON number = account WHERE id = :id", id=harness.account
        )
        assert rows == [{"kind": "card", "value": identity_of_card(harness.memory.name, "Ann").value}]

    def test_notes_the_card_that_approved_when_others_pay_before_the_capture(self, harness: PaymentHarness) -> None:
        harness.memory.takes_itself = False
        harness.memory.payer = "Ann"
        harness.memory.pay(harness.order(harness.buy()["order_id"])["checkout_ref"])
        harness.memory.payer = "Ben"

        harness.hear_all()

        rows = harness.minutes.select(
            "SELECT value::text FROM identity JOIN account ON number = account WHERE id = :id", id=harness.account
        )
        assert rows == [{"value": identity_of_card(harness.memory.name, "Ann").value}]

    def test_grants_no_bonus_before_the_money_is_there(self, harness: PaymentHarness) -> None:
        buy_promoted(harness, bonus_seconds=HOUR)

        assert harness.minutes.packages() == []


class TestRefund:
    def test_in_part_leaves_the_bonus(self, harness: PaymentHarness) -> None:
        order_id, _ = bought_promoted(harness, bonus_seconds=HOUR)

        harness.refund(order_id, 10_000)

        assert bonus_of(harness)["left_seconds"] == HOUR

    def test_of_what_a_discount_has_left_gives_no_more_than_was_paid(self, harness: PaymentHarness) -> None:
        order_id, _ = bought_promoted(harness, discount=Discount(share=2_500), bonus_seconds=HOUR)

        answer = harness.refund(order_id)

        assert (answer["amount_minor"], answer["void_seconds"], answer["bonus_void_seconds"]) == (52_425, 18_000, HOUR)
        assert bonus_of(harness)["left_seconds"] == 0
        assert sorted((row["state"], row["voided_seconds"]) for row in harness.minutes.packages()) == [
            ("voided", HOUR),
            ("voided", 18_000),
        ]

    def test_counts_what_was_used_of_the_bonus_and_takes_its_rest(self, harness: PaymentHarness) -> None:
        order_id, _ = bought_promoted(harness, bonus_seconds=HOUR)
        harness.use(1_800)

        quoted = quote(harness.context, order_id, None)
        answer = harness.refund(order_id)

        assert isinstance(quoted, Quote)
        assert (quoted.amount.minor, quoted.bonus_void_seconds) == (62_910, 1_800)
        assert (answer["amount_minor"], answer["bonus_void_seconds"]) == (62_910, 1_800)
        bonus = bonus_of(harness)
        assert (bonus["left_seconds"], bonus["consumed_seconds"], bonus["voided_seconds"]) == (0, 1_800, 1_800)
        [fact] = harness.minutes.facts("refund.completed")
        assert fact["data"]["voided_seconds"] == 18_000 + 1_800

    def test_freezes_the_bonus_while_it_is_under_way_and_frees_it_when_it_fails(self, harness: PaymentHarness) -> None:
        order_id, _ = bought_promoted(harness, bonus_seconds=HOUR)
        harness.memory.hold_refunds = True

        harness.refund(order_id)
        frozen = bonus_of(harness)["frozen_seconds"]
        [end] = harness.memory.waiting()
        end(succeeded=False)
        harness.hear_all()

        assert (frozen, bonus_of(harness)["left_seconds"]) == (HOUR, HOUR)

    def test_that_fails_after_all_gives_the_bonus_back_as_well(self, harness: PaymentHarness) -> None:
        order_id, _ = bought_promoted(harness, bonus_seconds=HOUR)
        harness.refund(order_id)

        [end] = harness.memory.given_back()
        end(succeeded=False)
        harness.hear_all()

        bonus_of(harness)
        assert [row["left_seconds"] for row in harness.minutes.packages() if row["kind"] == "support"] == [
            18_000 + HOUR
        ]

    def test_with_the_minutes_waived_leaves_the_bonus(self, harness: PaymentHarness) -> None:
        order_id, _ = bought_promoted(harness, bonus_seconds=HOUR)

        harness.refund(order_id, waive_minutes=True)

        assert bonus_of(harness)["left_seconds"] == HOUR

    def test_in_the_dashboard_takes_the_bonus_with_the_last_of_the_money(self, harness: PaymentHarness) -> None:
        _, payment_ref = bought_promoted(harness, bonus_seconds=HOUR)

        harness.memory.refund_from_dashboard(payment_ref, 69_899)
        harness.hear_all()
        before = bonus_of(harness)["left_seconds"]
        harness.memory.refund_from_dashboard(payment_ref, 1)
        harness.hear_all()

        assert (before, bonus_of(harness)["left_seconds"]) == (HOUR, 0)


class TestDispute:
    @pytest.mark.parametrize(("minor", "state"), [(None, "frozen"), (69_899, "active")])
    def test_lets_the_bonus_rest_if_it_is_about_all_of_the_money(
        self, harness: PaymentHarness, minor: int | None, state: str
    ) -> None:
        _, payment_ref = bought_promoted(harness, bonus_seconds=HOUR)

        harness.memory.open_dispute(payment_ref, minor)
        harness.hear_all()

        assert bonus_of(harness)["state"] == state

    @pytest.mark.parametrize(("won", "left_seconds"), [(True, 1_800), (False, 0)])
    def test_takes_the_unused_rest_when_it_is_lost(self, harness: PaymentHarness, won: bool, left_seconds: int) -> None:
        _, payment_ref = bought_promoted(harness, bonus_seconds=HOUR)
        harness.use(1_800)
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.close_dispute(ref, won=won)
        harness.hear_all()

        assert bonus_of(harness)["left_seconds"] == left_seconds
        [fact] = harness.minutes.facts("dispute.closed")
        # What was used of the bonus is not owed.
        assert (fact["data"]["voided_seconds"], fact["data"]["debt_seconds"]) == (0 if won else 18_000 + 1_800, 0)

    def test_that_is_won_after_all_gives_the_bonus_back_as_well(self, harness: PaymentHarness) -> None:
        order_id, _ = bought_promoted(harness, bonus_seconds=HOUR)

        for state in ("open", "lost", "won"):
            harness.report_dispute(order_id, state)

        bonus_of(harness)
        assert [row["left_seconds"] for row in harness.minutes.packages() if row["kind"] == "support"] == [
            18_000 + HOUR
        ]


class TestFreeOrder:
    def test_is_paid_at_once_and_calls_nobody(self, harness: PaymentHarness) -> None:
        order_id = buy_promoted(harness, discount=ALL_OF_IT, bonus_seconds=HOUR)

        order = harness.order(order_id)
        assert (order["status"], order["gateway"], order["payment_ref"]) == ("paid", "none", f"free-{order_id}")
        assert (order["discount_minor"], order["kind"]) == (69_900, "first")
        assert sorted(row["granted_seconds"] for row in harness.minutes.packages()) == [HOUR, 18_000]
        assert harness.memory.books() == {}
        [fact] = harness.minutes.facts("purchase.completed")
        assert (fact["data"]["amount_minor"], fact["data"]["gateway"]) == (0, "none")
        assert bonus_of(harness)["left_seconds"] == HOUR

    def test_has_nothing_to_refund_and_no_dispute(self, harness: PaymentHarness) -> None:
        order_id = buy_promoted(harness, discount=ALL_OF_IT)

        assert harness.refund(order_id)["code"] == "FreeOrder"
        assert harness.refund(order_id, waive_minutes=True)["code"] == "FreeOrder"

    def test_is_no_purchase_before_another(self, harness: PaymentHarness) -> None:
        buy_promoted(harness, discount=ALL_OF_IT)

        order_id, _ = harness.bought()

        assert harness.order(order_id)["kind"] == "first"

    def test_that_was_committed_before_a_crash_is_paid_by_the_next_poll(self, harness: PaymentHarness) -> None:
        harness.plug.transactions = 2
        with pytest.raises(Crash):
            buy_promoted(harness, discount=ALL_OF_IT)
        [order] = harness.minutes.select("SELECT status FROM orders WHERE gateway = 'none' AND status <> 'paid'")

        poll_open_payments(harness.context, open_for=timedelta(0))

        assert order["status"] == "pending"
        assert [row["status"] for row in harness.orders()] == ["paid"]
