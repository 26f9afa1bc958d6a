"""Checkouts and their payment, in every currency that a gateway takes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.gateway.errors import CallRefused, GatewayError
from domain.gateway.payment import PaymentStatus
from domain.gateway.requests import Buyer
from domain.money import Money
from tests.gateways.contract.harness import GatewayHarness, a_key, paid_ref
from tests.gateways.contract.marks import (
    CHECKING_CURRENCY,
    DAY,
    NOTHING,
    REFUSED,
    TAKEN,
)


class TestItself:
    def test_has_the_name_that_its_reader_has(self, harness: GatewayHarness) -> None:
        assert (harness.gateway.name, harness.reader.name) == (harness.able.name, harness.able.name)

    def test_keeps_keys_for_some_hours_and_less_than_a_day(self, harness: GatewayHarness) -> None:
        assert timedelta(hours=2) <= harness.gateway.key_lifetime < DAY

    def test_takes_refunds_for_months_if_not_for_ever(self, harness: GatewayHarness) -> None:
        assert harness.gateway.refund_window is None or harness.gateway.refund_window >= 90 * DAY


class TestCheckout:
    def test_is_opened_pending_with_a_page_for_the_buyer(self, harness: GatewayHarness) -> None:
        request = harness.checkout_request()

        checkout = harness.gateway.create_checkout(request, a_key("co"))
        payment = harness.gateway.fetch_payment(checkout.ref)

        assert httpx.get(checkout.redirect_url, trust_env=False).status_code == 200
        assert checkout.expires_at is None or checkout.expires_at > datetime.now(UTC)
        assert (payment.status, payment.checkout_ref, payment.payment_ref) == (
            PaymentStatus.PENDING,
            checkout.ref,
            None,
        )
        assert (payment.order_id, payment.price) == (request.order_id, request.price)
        assert payment.refunded == Money(0, request.price.currency)
        assert harness.books() == NOTHING

    @pytest.mark.parametrize("saves_method", [False, True])
    def test_is_one_for_one_key(self, harness: GatewayHarness, saves_method: bool) -> None:
        request, key = harness.checkout_request(saves_method=saves_method), a_key("co")

        first, again = (harness.gateway.create_checkout(request, key) for _ in range(2))
        other = harness.gateway.create_checkout(request, a_key("co"))

        assert first == again
        assert other.ref != first.ref

    def test_keeps_its_price_when_its_key_comes_with_another(self, harness: GatewayHarness) -> None:
        request, key = harness.checkout_request(), a_key("co")
        cheaper = replace(request, price=Money(100, request.price.currency))
        checkout = harness.gateway.create_checkout(request, key)

        refusal, other = None, None
        try:
            other = harness.gateway.create_checkout(cheaper, key)
        except GatewayError as error:
            refusal = error

        # It may refuse, or open another one; what it must not do is to sell at a price that nobody asked for.
        assert refusal or (other and harness.gateway.fetch_payment(other.ref).price == cheaper.price)
        assert harness.gateway.fetch_payment(checkout.ref).price == request.price

    def test_brings_nothing_while_nobody_pays(self, harness: GatewayHarness) -> None:
        checkout = harness.checkout()

        payment = harness.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.status is PaymentStatus.PENDING
        assert harness.books() == NOTHING

    def test_that_is_declined_is_not_paid_and_says_why(self, harness: GatewayHarness) -> None:
        checkout, (code, status) = harness.checkout(), harness.able.page_decline

        harness.double.decline(checkout.ref, code)
        payment = harness.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.status is status
        assert payment.decline is not None
        assert payment.decline.code == code
        assert harness.books() == NOTHING

    def test_that_ran_out_of_time_is_expired(self, harness: GatewayHarness) -> None:
        checkout = harness.checkout()

        harness.double.expire(checkout.ref)

        assert harness.gateway.fetch_payment(checkout.ref).status is PaymentStatus.EXPIRED
        assert harness.gateway.complete_checkout(checkout.ref, a_key("cp")).status is PaymentStatus.EXPIRED
        assert harness.books() == NOTHING

    def test_waits_for_the_buyer_who_may_still_pay(self, harness: GatewayHarness) -> None:
        checkout, key = harness.checkout(), a_key("cp")

        harness.double.need_action(checkout.ref)
        waiting = harness.gateway.complete_checkout(checkout.ref, key)
        books_while_waiting = harness.books()
        harness.double.pay(checkout.ref)
        payment = harness.gateway.complete_checkout(checkout.ref, key)

        assert (waiting.status, waiting.order_id) == (harness.able.waits_for_buyer, payment.order_id)
        assert (waiting.action_url or "").startswith("http")
        assert books_while_waiting == NOTHING
        assert payment.status is PaymentStatus.PAID
        assert harness.books() == {payment.price.currency: (payment.price.minor, 0)}


class TestPaying:
    def test_ends_paid_at_the_price_of_our_order(self, harness: GatewayHarness) -> None:
        request = harness.checkout_request()
        checkout = harness.gateway.create_checkout(request, a_key("co"))

        harness.double.pay(checkout.ref)
        payment = harness.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert (payment.status, payment.order_id, payment.price) == (
            PaymentStatus.PAID,
            request.order_id,
            request.price,
        )
        assert (payment.checkout_ref, payment.decline) == (checkout.ref, None)
        assert payment.payment_ref == harness.double.payment_ref_of(checkout.ref)
        assert payment.refunded == Money(0, request.price.currency)
        assert abs(payment.at - datetime.now(UTC)) < timedelta(minutes=1)
        assert harness.books() == {request.price.currency: (request.price.minor, 0)}

    def test_has_the_mail_address_that_the_buyer_gave_where_the_gateway_says_it(self, harness: GatewayHarness) -> None:
        checkout = harness.checkout(buyer=Buyer("account-1"))

        waiting = harness.gateway.fetch_payment(checkout.ref)
        harness.double.pay(checkout.ref)
        payment = harness.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert waiting.buyer_email is None
        assert payment.buyer_email == ("buyer@example.com" if harness.able.tells_email else None)

    def test_is_the_same_by_either_ref(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        assert payment.checkout_ref is not None

        assert harness.gateway.fetch_payment(payment.checkout_ref) == payment
        assert harness.gateway.fetch_payment(paid_ref(payment)) == payment

    @pytest.mark.parametrize("is_same_key", [True, False])
    def test_that_is_completed_twice_takes_the_money_once(self, harness: GatewayHarness, is_same_key: bool) -> None:
        checkout, key = harness.checkout(), a_key("cp")
        harness.double.pay(checkout.ref)

        first = harness.gateway.complete_checkout(checkout.ref, key)
        second = harness.gateway.complete_checkout(checkout.ref, key if is_same_key else a_key("cp"))

        assert first == second
        assert harness.books() == {first.price.currency: (first.price.minor, 0)}

    def test_that_is_completed_by_many_at_once_takes_the_money_once(self, harness: GatewayHarness) -> None:
        checkout = harness.checkout()
        harness.double.pay(checkout.ref)

        with ThreadPoolExecutor(8) as many:
            payments = list(many.map(lambda _: harness.gateway.complete_checkout(checkout.ref, a_key("cp")), range(8)))

        assert {(payment.status, payment.payment_ref) for payment in payments} == {
            (PaymentStatus.PAID, harness.double.payment_ref_of(checkout.ref))
        }
        assert harness.books() == {harness.able.price.currency: (harness.able.price.minor, 0)}


class TestCurrencies:
    @TAKEN
    def test_that_it_takes_arrive_and_go_back_to_the_last_digit(self, harness: GatewayHarness, price: Money) -> None:
        payment = harness.paid(price=price)
        refund = harness.gateway.refund(harness.refund_request(payment), a_key("rf"))

        assert (payment.status, payment.price, refund.amount) == (PaymentStatus.PAID, price, price)
        assert harness.books() == {price.currency: (price.minor, price.minor)}

    @REFUSED
    def test_that_it_does_not_take_are_refused_and_not_rounded(self, harness: GatewayHarness, price: Money) -> None:
        method = harness.saved_method()
        calls_before = harness.double.count("create_checkout")

        with pytest.raises(CallRefused) as by_checkout:
            harness.checkout(price=price)
        with pytest.raises(CallRefused) as by_charge:
            harness.gateway.charge_saved_method(harness.charge_request(method, price=price), a_key("ch"))

        assert by_checkout.value.code
        assert by_charge.value.code == by_checkout.value.code
        assert price.currency in str(by_checkout.value)
        assert harness.double.count("create_checkout") == calls_before
        assert harness.books() == NOTHING

    @CHECKING_CURRENCY
    def test_that_the_payment_was_not_made_in_are_not_given_back(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        request = replace(harness.refund_request(payment, 100), amount=Money(100, "EUR"))

        with pytest.raises(CallRefused):
            harness.gateway.refund(request, a_key("rf"))

        assert harness.books() == {payment.price.currency: (payment.price.minor, 0)}
