"""What an update of a payment means: granted once, never for other money, and never taken back."""

from itertools import product

import pytest

from domain.gateway.decline import Decline, Retry
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from domain.payments.payment_decision import PaymentDecision, Step, decide_payment
from tests.domain.payments.builders import PRICE, order, payment

PENDING, ACTION_REQUIRED, APPROVED = PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED, PaymentStatus.APPROVED
PAID, FAILED, EXPIRED = PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.EXPIRED

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
CASES = [
    (present, reported, TABLE[present][COLUMNS.index(reported)])
    for present, reported in product(PaymentStatus, PaymentStatus)
]


class TestDecidePayment:
    @pytest.mark.parametrize(("present", "reported", "step"), CASES, ids=[f"{one} to {two}" for one, two, _ in CASES])
    def test_does_what_the_table_says(self, present: PaymentStatus, reported: PaymentStatus, step: Step) -> None:
        decision = decide_payment(order(present), payment(reported))

        assert decision.step is step
        assert decision.status is (present if step is NOTHING else reported)

    @pytest.mark.parametrize("present", [PENDING, ACTION_REQUIRED, APPROVED, FAILED, EXPIRED])
    def test_grants_for_exactly_the_price(self, present: PaymentStatus) -> None:
        assert decide_payment(order(present), payment(PAID)) == PaymentDecision(GRANT, PAID)

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
    def test_puts_other_money_before_a_person(self, present: PaymentStatus, money: Money) -> None:
        decision = decide_payment(order(present), payment(PAID, price=money))

        assert (decision.step, decision.status) == (Step.REVIEW, present)
        assert f"{money} was paid for an order of 699.00 RUB" in str(decision.reason)

    def test_does_not_mind_another_price_while_nothing_is_paid(self) -> None:
        decision = decide_payment(order(), payment(FAILED, price=Money(1, "RUB")))

        assert decision.step is FAIL

    @pytest.mark.parametrize("currency", ["JPY", "KWD"])
    def test_knows_currencies_without_cents_and_with_mills(self, currency: str) -> None:
        price = Money(1_000, currency)

        assert decide_payment(order(price=price), payment(PAID, price=price)).step is GRANT
        assert decide_payment(order(price=price), payment(PAID, price=Money(10, currency))).step is Step.REVIEW

    def test_says_by_which_code_it_was_declined(self) -> None:
        declined = payment(FAILED, decline=Decline(Retry.LATER, "insufficient_funds"))

        assert decide_payment(order(), declined) == PaymentDecision(FAIL, FAILED, "insufficient_funds")

    @pytest.mark.parametrize("state", [FAILED, EXPIRED])
    def test_says_how_it_ended_where_there_is_no_code(self, state: PaymentStatus) -> None:
        assert decide_payment(order(), payment(state)).reason == state

    def test_tells_a_failure_once(self) -> None:
        declined = payment(FAILED, decline=Decline(Retry.NEVER, "stolen_card"))

        assert decide_payment(order(FAILED, payment_ref="pi_1"), declined) == PaymentDecision(NOTHING, FAILED)


class TestASecondPayment:
    def test_puts_it_before_a_person_although_its_price_is_right(self) -> None:
        paid = order(PAID, payment_ref="pi_1")

        decision = decide_payment(paid, payment(PAID, payment_ref="pi_2"))

        assert (decision.step, decision.status) == (Step.REVIEW, PAID)
        assert "pi_1" in str(decision.reason)
        assert "again by pi_2" in str(decision.reason)

    @pytest.mark.parametrize("reported", [PENDING, ACTION_REQUIRED, APPROVED, FAILED, EXPIRED])
    def test_takes_no_money_for_it_and_hears_nothing_of_its_failure(self, reported: PaymentStatus) -> None:
        decision = decide_payment(order(PAID, payment_ref="pi_1"), payment(reported, payment_ref="pi_2"))

        assert decision == PaymentDecision(NOTHING, PAID)

    @pytest.mark.parametrize("payment_ref", ["pi_1", None])
    def test_is_none_when_the_first_is_repeated(self, payment_ref: str | None) -> None:
        decision = decide_payment(order(PAID, payment_ref="pi_1"), payment(PAID, payment_ref=payment_ref))

        assert decision == PaymentDecision(NOTHING, PAID)

    @pytest.mark.parametrize(
        "money", [Money(1, "RUB"), Money(PRICE.minor * 2, "RUB"), Money(PRICE.minor, "USD")], ids=str
    )
    def test_is_put_before_a_person_when_the_first_has_other_money_than_is_stored(self, money: Money) -> None:
        decision = decide_payment(order(PAID, payment_ref="pi_1"), payment(PAID, payment_ref="pi_1", price=money))

        assert (decision.step, decision.status) == (Step.DIFFER, PAID)
        assert decision.reason == f"its gateway has {money} of payment pi_1, and 699.00 RUB is stored here"

    def test_is_one_of_another_gateway_whose_ref_looks_the_same(self) -> None:
        paid = order(PAID, payment_ref="pi_1")

        assert decide_payment(paid, payment(PAID, payment_ref="pi_1"), gateway="another").step is Step.REVIEW
        assert decide_payment(paid, payment(PAID, payment_ref="pi_1"), gateway=paid.gateway).step is NOTHING

    @pytest.mark.parametrize("state", [PENDING, FAILED, EXPIRED])
    def test_grants_when_the_first_one_came_to_nothing(self, state: PaymentStatus) -> None:
        decision = decide_payment(order(state, payment_ref="pi_1"), payment(PAID, payment_ref="pi_2"))

        assert decision.step is GRANT


class TestIsPaid:
    @pytest.mark.parametrize("state", PaymentStatus)
    def test_of_paid_orders_only(self, state: PaymentStatus) -> None:
        assert order(state).is_paid == (state is PAID)
