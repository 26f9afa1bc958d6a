from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.decline import Retry
from domain.gateway.errors import CallRefused
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from tests.doubles.faults import Fault
from tests.gateways.stripe.samples import BUYER, PRICE, charge_request, saved_method


class TestCharge:
    def test_takes_the_money_at_once(self, gateway, double):
        method = saved_method(gateway, double)

        payment = gateway.charge_saved_method(charge_request(method), "ch-1-1")

        assert (payment.status, payment.order_id, payment.price) == (PaymentStatus.PAID, "o2", PRICE)
        assert (payment.checkout_ref, payment.decline) == (None, None)
        assert payment == gateway.fetch_payment(payment.payment_ref)
        assert double.books() == {"RUB": (2 * 29900, 0)}

    def test_says_to_stripe_that_no_buyer_is_there(self, gateway, double):
        method = saved_method(gateway, double)

        gateway.charge_saved_method(charge_request(method, attempt=3), "ch-1-3")

        call = double.recorded[-1]
        assert (call.form["off_session"], call.form["confirm"]) == ("true", "true")
        assert call.form["automatic_payment_methods"] == {"enabled": "true", "allow_redirects": "never"}
        assert call.form["metadata"] == {"order_id": "o2", "attempt": "3"}
        assert (call.form["customer"], call.form["payment_method"]) == (method.gateway_customer, method.token)
        assert call.headers["idempotency-key"] == "ch-1-3"

    def test_the_same_key_charges_once(self, gateway, double):
        method = saved_method(gateway, double)

        first, second = (gateway.charge_saved_method(charge_request(method), "ch-1-1") for _ in range(2))

        assert first == second
        assert double.books() == {"RUB": (2 * 29900, 0)}

    @pytest.mark.parametrize(
        ("code", "retry"),
        [
            ("insufficient_funds", Retry.LATER),
            ("a_reason_of_tomorrow", Retry.LATER),
            ("expired_card", Retry.NEW_METHOD),
            ("stolen_card", Retry.NEW_METHOD),
            ("fraudulent", Retry.NEVER),
        ],
    )
    def test_a_decline_is_a_payment_that_failed(self, gateway, double, code, retry):
        method = saved_method(gateway, double)
        double.faults.plan("charge", Fault.DECLINE, code=code)

        payment = gateway.charge_saved_method(charge_request(method), "ch-1-1")

        assert (payment.status, payment.order_id, payment.price) == (PaymentStatus.FAILED, "o2", PRICE)
        assert (payment.decline.retry, payment.decline.code) == (retry, code)
        assert payment == gateway.fetch_payment(payment.payment_ref)

    def test_the_same_key_gets_the_same_decline(self, gateway, double):
        method = saved_method(gateway, double)
        double.faults.plan("charge", Fault.DECLINE, code="insufficient_funds")

        first, second = (gateway.charge_saved_method(charge_request(method), "ch-1-1") for _ in range(2))

        assert first == second
        assert gateway.charge_saved_method(charge_request(method, attempt=2), "ch-1-2").status is PaymentStatus.PAID

    def test_waits_for_the_buyer_when_the_bank_wants_them(self, gateway, double):
        method = saved_method(gateway, double)
        double.faults.plan("charge", Fault.DECLINE, code="authentication_required")

        payment = gateway.charge_saved_method(charge_request(method), "ch-1-1")

        assert payment.status is PaymentStatus.ACTION_REQUIRED
        assert (payment.decline.retry, payment.decline.code) == (Retry.CUSTOMER_ACTION, "authentication_required")
        assert payment == gateway.fetch_payment(payment.payment_ref)

    def test_takes_back_a_charge_that_waits_so_that_it_never_succeeds(self, gateway, double):
        method = saved_method(gateway, double)
        double.faults.plan("charge", Fault.DECLINE, code="requires_action")

        payment, again = (gateway.charge_saved_method(charge_request(method), "ch-1-1") for _ in range(2))

        assert double.recorded[-1].answer["status"] == "canceled"
        assert payment.status is PaymentStatus.ACTION_REQUIRED
        assert payment.decline.retry is Retry.CUSTOMER_ACTION
        assert payment == again == gateway.fetch_payment(payment.payment_ref)

    def test_a_method_that_was_detached_asks_for_a_new_one(self, gateway, double):
        method = saved_method(gateway, double)
        double.forget(method.token)

        payment = gateway.charge_saved_method(charge_request(method), "ch-1-1")

        assert (payment.status, payment.payment_ref, payment.order_id) == (PaymentStatus.FAILED, None, "o2")
        assert (payment.decline.retry, payment.decline.code) == (Retry.NEW_METHOD, "resource_missing")

    def test_a_customer_who_was_deleted_asks_for_a_new_method(self, gateway, double):
        method = saved_method(gateway, double)
        double.forget(method.gateway_customer)

        payment = gateway.charge_saved_method(charge_request(method), "ch-1-1")

        assert (payment.status, payment.decline.retry) == (PaymentStatus.FAILED, Retry.NEW_METHOD)

    def test_takes_the_customer_of_the_buyer_when_the_method_has_none(self, gateway, double):
        method = saved_method(gateway, double)
        buyer = replace(BUYER, gateway_customer=method.gateway_customer)
        request = replace(charge_request(replace(method, gateway_customer=None)), buyer=buyer)

        assert gateway.charge_saved_method(request, "ch-1-1").status is PaymentStatus.PAID

    def test_asks_nothing_without_a_customer(self, gateway, double):
        method = saved_method(gateway, double)

        with pytest.raises(CallRefused, match="customers only"):
            gateway.charge_saved_method(charge_request(replace(method, gateway_customer=None)), "ch-1-1")

        assert double.count("charge") == 0

    def test_an_amount_that_stripe_cannot_take_is_no_decline(self, gateway, double):
        method = saved_method(gateway, double)

        with pytest.raises(CallRefused) as raised:
            gateway.charge_saved_method(charge_request(method, price=Money(100_000_000, "RUB")), "ch-1-1")

        assert raised.value.code == "invalid_request_error"


class TestAChargeThatIsLookedFor:
    def test_is_found_whatever_people_have_noted_about_it(self, gateway, double):
        request = charge_request(saved_method(gateway, double))
        made = gateway.charge_saved_method(request, "ch-1-1")
        double.spoil("intents", made.payment_ref, metadata={"order_id": "o2", "attempt": "1", "ticket": "4711"})

        found = gateway.find_charge(request, made.at - timedelta(hours=1))

        assert found == made
        assert gateway.find_charge(replace(request, attempt=2), made.at - timedelta(hours=1)) is None
