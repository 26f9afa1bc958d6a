"""What news of a payment mean: granted once, never for other money, and never taken back."""

from itertools import product

import pytest

from domain.money import Money
from domain.payments.gateway import Decline, PayState, Retry
from domain.payments.settle import Settling, Step, is_paid, settle
from tests.domain.payments.builders import PRICE, order, payment

PENDING, ACTION_REQUIRED, APPROVED = PayState.PENDING, PayState.ACTION_REQUIRED, PayState.APPROVED
PAID, FAILED, EXPIRED = PayState.PAID, PayState.FAILED, PayState.EXPIRED

NOTHING, NOTE, COMPLETE, GRANT, FAIL = Step.NOTHING, Step.NOTE, Step.COMPLETE, Step.GRANT, Step.FAIL

# Rows: the order as it is; columns: what the gateway says.
COLUMNS = (PENDING, ACTION_REQUIRED, APPROVED, FAILED, EXPIRED, PAID)
TABLE = {
    PENDING: (NOTHING, NOTE, COMPLETE, FAIL, FAIL, GRANT),
    ACTION_REQUIRED: (NOTHING, NOTHING, COMPLETE, FAIL, FAIL, GRANT),
    # Taking the money may have failed the first time, so it is tried again.
    APPROVED: (NOTHING, NOTHING, COMPLETE, FAIL, FAIL, GRANT),
    FAILED: (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, GRANT),
    EXPIRED: (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, GRANT),
    PAID: (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING),
}
CASES = [(present, news, TABLE[present][COLUMNS.index(news)]) for present, news in product(PayState, PayState)]


class TestSettle:
    @pytest.mark.parametrize(("present", "news", "step"), CASES, ids=[f"{one} to {two}" for one, two, _ in CASES])
    def test_does_what_the_table_says(self, present: PayState, news: PayState, step: Step) -> None:
        settling = settle(order(present), payment(news))

        assert settling.step is step
        assert settling.state is (present if step is NOTHING else news)

    @pytest.mark.parametrize("present", [PENDING, ACTION_REQUIRED, APPROVED, FAILED, EXPIRED])
    def test_grants_for_exactly_the_price(self, present: PayState) -> None:
        assert settle(order(present), payment(PAID)) == Settling(GRANT, PAID)

    @pytest.mark.parametrize("present", [PENDING, ACTION_REQUIRED, APPROVED, FAILED, EXPIRED])
    @pytest.mark.parametrize(
        "money",
        [
            Money(PRICE.minor - 1, "RUB"),
            Money(PRICE.minor + 1, "RUB"),
            Money(0, "RUB"),
            Money(-PRICE.minor, "RUB"),
            Money(PRICE.minor, "USD"),
            Money(PRICE.minor, "KZT"),
        ],
        ids=str,
    )
    def test_puts_other_money_before_a_person(self, present: PayState, money: Money) -> None:
        settling = settle(order(present), payment(PAID, price=money))

        assert (settling.step, settling.state) == (Step.QUESTION, present)
        assert f"{money} was paid for an order of 699.00 RUB" in str(settling.reason)

    def test_does_not_mind_another_price_while_nothing_is_paid(self) -> None:
        settling = settle(order(), payment(FAILED, price=Money(1, "RUB")))

        assert settling.step is FAIL

    @pytest.mark.parametrize("currency", ["JPY", "KWD"])
    def test_knows_currencies_without_cents_and_with_mills(self, currency: str) -> None:
        price = Money(1_000, currency)

        assert settle(order(price=price), payment(PAID, price=price)).step is GRANT
        assert settle(order(price=price), payment(PAID, price=Money(10, currency))).step is Step.QUESTION

    def test_says_by_which_code_it_was_declined(self) -> None:
        declined = payment(FAILED, decline=Decline(Retry.LATER, "insufficient_funds"))

        assert settle(order(), declined) == Settling(FAIL, FAILED, "insufficient_funds")

    @pytest.mark.parametrize("state", [FAILED, EXPIRED])
    def test_says_how_it_ended_where_there_is_no_code(self, state: PayState) -> None:
        assert settle(order(), payment(state)).reason == state

    def test_tells_a_failure_once(self) -> None:
        declined = payment(FAILED, decline=Decline(Retry.NEVER, "stolen_card"))

        assert settle(order(FAILED, payment_ref="pi_1"), declined) == Settling(NOTHING, FAILED)


class TestSettleASecondPayment:
    def test_puts_it_before_a_person_although_its_price_is_right(self) -> None:
        paid = order(PAID, payment_ref="pi_1")

        settling = settle(paid, payment(PAID, payment_ref="pi_2"))

        assert (settling.step, settling.state) == (Step.QUESTION, PAID)
        assert "pi_1" in str(settling.reason)
        assert "again by pi_2" in str(settling.reason)

    @pytest.mark.parametrize("news", [PENDING, ACTION_REQUIRED, APPROVED, FAILED, EXPIRED])
    def test_takes_no_money_for_it_and_hears_nothing_of_its_failure(self, news: PayState) -> None:
        settling = settle(order(PAID, payment_ref="pi_1"), payment(news, payment_ref="pi_2"))

        assert settling == Settling(NOTHING, PAID)

    @pytest.mark.parametrize("payment_ref", ["pi_1", None])
    def test_is_none_when_the_first_is_told_again(self, payment_ref: str | None) -> None:
        settling = settle(order(PAID, payment_ref="pi_1"), payment(PAID, payment_ref=payment_ref))

        assert settling == Settling(NOTHING, PAID)

    @pytest.mark.parametrize("state", [PENDING, FAILED, EXPIRED])
    def test_grants_when_the_first_one_came_to_nothing(self, state: PayState) -> None:
        settling = settle(order(state, payment_ref="pi_1"), payment(PAID, payment_ref="pi_2"))

        assert settling.step is GRANT


class TestIsPaid:
    @pytest.mark.parametrize("state", PayState)
    def test_of_paid_orders_only(self, state: PayState) -> None:
        assert is_paid(order(state)) == (state is PAID)
