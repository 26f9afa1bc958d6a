"""Methods that are saved and charged later."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from tests.doubles.faults import Fault
from tests.gateways.contract.desk import (
    BUYER,
    Desk,
    a_key,
    paid_ref,
)
from tests.gateways.contract.marks import (
    NOTHING,
)


class TestSavedMethod:
    def test_is_told_only_when_it_was_to_be_saved(self, desk: Desk) -> None:
        kept, forgotten = desk.paid(saves_method=True), desk.paid()

        assert forgotten.method is None
        assert kept.method is not None
        assert kept.method.token
        assert kept.method.label
        assert kept.method.expires_on is None or kept.method.expires_on > datetime.now(UTC).date()

    def test_is_of_the_same_customer_when_they_come_again(self, desk: Desk) -> None:
        first = desk.paid(saves_method=True)
        buyer = replace(BUYER, gateway_customer=first.gateway_customer)

        second = desk.paid(saves_method=True, buyer=buyer)

        assert second.method is not None
        assert second.gateway_customer == first.gateway_customer
        assert second.method.gateway_customer == second.gateway_customer

    def test_is_charged_without_the_buyer(self, desk: Desk) -> None:
        charge = desk.charge(desk.saved_method())

        payment = desk.gateway.charge_saved_method(charge, a_key("ch"))

        assert (payment.status, payment.order_id, payment.price) == (PaymentStatus.PAID, charge.order_id, charge.price)
        assert payment.decline is None
        assert desk.gateway.fetch_payment(paid_ref(payment)) == payment
        assert desk.books() == {charge.price.currency: (charge.price.minor, 0)}

    def test_is_charged_again_for_another_order(self, desk: Desk) -> None:
        method = desk.saved_method()

        first, second = (desk.gateway.charge_saved_method(desk.charge(method), a_key("ch")) for _ in range(2))

        assert first.payment_ref != second.payment_ref
        assert desk.books() == {desk.able.price.currency: (2 * desk.able.price.minor, 0)}

    def test_is_charged_once_for_one_key(self, desk: Desk) -> None:
        charge, key = desk.charge(desk.saved_method()), a_key("ch")

        first, second = (desk.gateway.charge_saved_method(charge, key) for _ in range(2))

        assert first == second
        assert desk.books() == {charge.price.currency: (charge.price.minor, 0)}

    def test_is_charged_once_for_one_key_by_many_at_once(self, desk: Desk) -> None:
        charge, key = desk.charge(desk.saved_method()), a_key("ch")

        with ThreadPoolExecutor(8) as many:
            payments = list(many.map(lambda _: desk.gateway.charge_saved_method(charge, key), range(8)))

        assert len({payment.payment_ref for payment in payments}) == 1
        assert desk.books() == {charge.price.currency: (charge.price.minor, 0)}

    @pytest.mark.parametrize("retry", [Retry.LATER, Retry.NEW_METHOD, Retry.NEVER])
    def test_that_is_declined_is_a_failed_payment_that_says_what_may_help(self, desk: Desk, retry: Retry) -> None:
        charge, code = desk.charge(desk.saved_method()), desk.able.declines[retry]
        desk.break_next("charge", Fault.DECLINE, code=code)

        payment = desk.gateway.charge_saved_method(charge, a_key("ch"))

        assert (payment.status, payment.order_id, payment.price) == (
            PaymentStatus.FAILED,
            charge.order_id,
            charge.price,
        )
        assert payment.decline is not None
        assert (payment.decline.retry, payment.decline.code) == (retry, code)
        assert desk.books() == NOTHING

    def test_that_wants_the_buyer_is_no_money_and_says_so(self, desk: Desk) -> None:
        charge, (code, state) = desk.charge(desk.saved_method()), desk.able.asks_buyer
        desk.break_next("charge", Fault.DECLINE, code=code)

        payment = desk.gateway.charge_saved_method(charge, a_key("ch"))

        assert (payment.status, payment.order_id) == (state, charge.order_id)
        assert payment.decline is not None
        assert (payment.decline.retry, payment.decline.code) == (Retry.CUSTOMER_ACTION, code)
        assert desk.books() == NOTHING

    def test_that_was_declined_may_pay_by_the_next_attempt(self, desk: Desk) -> None:
        charge = desk.charge(desk.saved_method())
        desk.break_next("charge", Fault.DECLINE, code=desk.able.declines[Retry.LATER])
        desk.gateway.charge_saved_method(charge, a_key("ch"))

        payment = desk.gateway.charge_saved_method(replace(charge, attempt=2), a_key("ch"))

        assert payment.status is PaymentStatus.PAID
        assert desk.books() == {charge.price.currency: (charge.price.minor, 0)}

    def test_that_is_gone_wants_a_new_one(self, desk: Desk) -> None:
        method = replace(desk.saved_method(), token=desk.able.unknown_ref)

        payment = desk.gateway.charge_saved_method(desk.charge(method), a_key("ch"))

        assert payment.status is PaymentStatus.FAILED
        assert payment.decline is not None
        assert payment.decline.retry is Retry.NEW_METHOD
        assert desk.books() == NOTHING
