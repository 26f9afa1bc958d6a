"""Checkouts and their payment, in every currency that a gateway takes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.gateway.errors import CallRefused, GatewayError
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from tests.gateways.contract.desk import (
    Desk,
    a_key,
    paid_ref,
)
from tests.gateways.contract.marks import (
    CHECKING_CURRENCY,
    DAY,
    NOTHING,
    REFUSED,
    TAKEN,
)


class TestItself:
    def test_has_the_name_that_its_reader_has(self, desk: Desk) -> None:
        assert (desk.gateway.name, desk.reader.name) == (desk.able.name, desk.able.name)

    def test_keeps_keys_for_some_hours_and_less_than_a_day(self, desk: Desk) -> None:
        assert timedelta(hours=2) <= desk.gateway.key_lifetime < DAY

    def test_takes_refunds_for_months_if_not_for_ever(self, desk: Desk) -> None:
        assert desk.gateway.refund_window is None or desk.gateway.refund_window >= 90 * DAY


class TestCheckout:
    def test_is_opened_pending_with_a_page_for_the_buyer(self, desk: Desk) -> None:
        purchase = desk.purchase()

        checkout = desk.gateway.create_checkout(purchase, a_key("co"))
        payment = desk.gateway.fetch_payment(checkout.ref)

        assert httpx.get(checkout.redirect_url, trust_env=False).status_code == 200
        assert checkout.expires_at is None or checkout.expires_at > datetime.now(UTC)
        assert (payment.status, payment.checkout_ref, payment.payment_ref) == (
            PaymentStatus.PENDING,
            checkout.ref,
            None,
        )
        assert (payment.order_id, payment.price) == (purchase.order_id, purchase.price)
        assert payment.refunded == Money(0, purchase.price.currency)
        assert desk.books() == NOTHING

    @pytest.mark.parametrize("saves_method", [False, True])
    def test_is_one_for_one_key(self, desk: Desk, saves_method: bool) -> None:
        purchase, key = desk.purchase(saves_method=saves_method), a_key("co")

        first, again = (desk.gateway.create_checkout(purchase, key) for _ in range(2))
        other = desk.gateway.create_checkout(purchase, a_key("co"))

        assert first == again
        assert other.ref != first.ref

    def test_keeps_its_price_when_its_key_comes_with_another(self, desk: Desk) -> None:
        purchase, key = desk.purchase(), a_key("co")
        cheaper = replace(purchase, price=Money(100, purchase.price.currency))
        checkout = desk.gateway.create_checkout(purchase, key)

        refusal, other = None, None
        try:
            other = desk.gateway.create_checkout(cheaper, key)
        except GatewayError as error:
            refusal = error

        # It may refuse, or open another one; what it must not do is to sell at a price that nobody asked for.
        assert refusal or (other and desk.gateway.fetch_payment(other.ref).price == cheaper.price)
        assert desk.gateway.fetch_payment(checkout.ref).price == purchase.price

    def test_brings_nothing_while_nobody_pays(self, desk: Desk) -> None:
        checkout = desk.checkout()

        payment = desk.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.status is PaymentStatus.PENDING
        assert desk.books() == NOTHING

    def test_that_is_declined_is_not_paid_and_says_why(self, desk: Desk) -> None:
        checkout, (code, state) = desk.checkout(), desk.able.page_decline

        desk.double.decline(checkout.ref, code)
        payment = desk.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.status is state
        assert payment.decline is not None
        assert payment.decline.code == code
        assert desk.books() == NOTHING

    def test_that_ran_out_of_time_is_expired(self, desk: Desk) -> None:
        checkout = desk.checkout()

        desk.double.expire(checkout.ref)

        assert desk.gateway.fetch_payment(checkout.ref).status is PaymentStatus.EXPIRED
        assert desk.gateway.complete_checkout(checkout.ref, a_key("cp")).status is PaymentStatus.EXPIRED
        assert desk.books() == NOTHING

    def test_waits_for_the_buyer_who_may_still_pay(self, desk: Desk) -> None:
        checkout, key = desk.checkout(), a_key("cp")

        desk.double.need_action(checkout.ref)
        waiting = desk.gateway.complete_checkout(checkout.ref, key)
        books_while_waiting = desk.books()
        desk.double.pay(checkout.ref)
        payment = desk.gateway.complete_checkout(checkout.ref, key)

        assert (waiting.status, waiting.order_id) == (desk.able.waits_for_buyer, payment.order_id)
        assert (waiting.action_url or "").startswith("http")
        assert books_while_waiting == NOTHING
        assert payment.status is PaymentStatus.PAID
        assert desk.books() == {payment.price.currency: (payment.price.minor, 0)}


class TestPaying:
    def test_ends_paid_at_the_price_of_our_order(self, desk: Desk) -> None:
        purchase = desk.purchase()
        checkout = desk.gateway.create_checkout(purchase, a_key("co"))

        desk.double.pay(checkout.ref)
        payment = desk.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert (payment.status, payment.order_id, payment.price) == (
            PaymentStatus.PAID,
            purchase.order_id,
            purchase.price,
        )
        assert (payment.checkout_ref, payment.decline) == (checkout.ref, None)
        assert payment.payment_ref == desk.double.payment_ref_of(checkout.ref)
        assert payment.refunded == Money(0, purchase.price.currency)
        assert abs(payment.at - datetime.now(UTC)) < timedelta(minutes=1)
        assert desk.books() == {purchase.price.currency: (purchase.price.minor, 0)}

    def test_is_told_alike_by_either_ref(self, desk: Desk) -> None:
        payment = desk.paid()
        assert payment.checkout_ref is not None

        assert desk.gateway.fetch_payment(payment.checkout_ref) == payment
        assert desk.gateway.fetch_payment(paid_ref(payment)) == payment

    @pytest.mark.parametrize("is_same_key", [True, False])
    def test_that_is_completed_twice_takes_the_money_once(self, desk: Desk, is_same_key: bool) -> None:
        checkout, key = desk.checkout(), a_key("cp")
        desk.double.pay(checkout.ref)

        first = desk.gateway.complete_checkout(checkout.ref, key)
        second = desk.gateway.complete_checkout(checkout.ref, key if is_same_key else a_key("cp"))

        assert first == second
        assert desk.books() == {first.price.currency: (first.price.minor, 0)}

    def test_that_is_completed_by_many_at_once_takes_the_money_once(self, desk: Desk) -> None:
        checkout = desk.checkout()
        desk.double.pay(checkout.ref)

        with ThreadPoolExecutor(8) as many:
            payments = list(many.map(lambda _: desk.gateway.complete_checkout(checkout.ref, a_key("cp")), range(8)))

        assert {(payment.status, payment.payment_ref) for payment in payments} == {
            (PaymentStatus.PAID, desk.double.payment_ref_of(checkout.ref))
        }
        assert desk.books() == {desk.able.price.currency: (desk.able.price.minor, 0)}


class TestCurrencies:
    @TAKEN
    def test_that_it_takes_arrive_and_go_back_to_the_last_digit(self, desk: Desk, price: Money) -> None:
        payment = desk.paid(price=price)
        refund = desk.gateway.refund(desk.refund_order(payment), a_key("rf"))

        assert (payment.status, payment.price, refund.amount) == (PaymentStatus.PAID, price, price)
        assert desk.books() == {price.currency: (price.minor, price.minor)}

    @REFUSED
    def test_that_it_does_not_take_are_refused_and_not_rounded(self, desk: Desk, price: Money) -> None:
        method = desk.saved_method()
        calls_before = desk.double.count("create_checkout")

        with pytest.raises(CallRefused) as by_checkout:
            desk.checkout(price=price)
        with pytest.raises(CallRefused) as by_charge:
            desk.gateway.charge_saved_method(desk.charge(method, price=price), a_key("ch"))

        assert by_checkout.value.code
        assert by_charge.value.code == by_checkout.value.code
        assert price.currency in str(by_checkout.value)
        assert desk.double.count("create_checkout") == calls_before
        assert desk.books() == NOTHING

    @CHECKING_CURRENCY
    def test_that_the_payment_was_not_made_in_are_not_given_back(self, desk: Desk) -> None:
        payment = desk.paid()
        order = replace(desk.refund_order(payment, 100), amount=Money(100, "EUR"))

        with pytest.raises(CallRefused):
            desk.gateway.refund(order, a_key("rf"))

        assert desk.books() == {payment.price.currency: (payment.price.minor, 0)}
