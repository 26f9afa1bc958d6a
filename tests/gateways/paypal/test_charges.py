"""Charging a saved method without the buyer."""

import pytest

from domain.gateway.decline import Retry
from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import PaymentStatus
from gateways.paypal.adapter import PaypalGateway
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import PaypalDouble
from tests.gateways.paypal.samples import PRICE, a_key, charge_request, saved_token


class TestChargeSavedMethod:
    def test_takes_the_money_in_one_step(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        request = charge_request(saved_token(gateway, double))

        payment = gateway.charge_saved_method(request, a_key("ch"))

        assert (payment.status, payment.price, payment.order_id) == (PaymentStatus.PAID, PRICE, request.order_id)
        assert payment.payment_ref in double.state.captures
        assert double.books() == {"USD": (2000, 0)}

    def test_says_that_the_buyer_is_away(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        gateway.charge_saved_method(charge_request(saved_token(gateway, double), attempt=3), a_key("ch"))

        body = double.exchanges[-1].call.body
        assert body["payment_source"]["paypal"]["stored_credential"]["payment_initiator"] == "MERCHANT"
        assert body["purchase_units"][0]["invoice_id"].endswith("-3")

    def test_takes_the_money_once_for_one_key(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        request, same = charge_request(saved_token(gateway, double)), a_key("ch")

        first = gateway.charge_saved_method(request, same)
        second = gateway.charge_saved_method(request, same)

        assert first == second
        assert double.books() == {"USD": (2000, 0)}

    @pytest.mark.parametrize(
        ("code", "retry"),
        [
            ("INSTRUMENT_DECLINED", Retry.CUSTOMER_ACTION),
            ("PAYER_CANNOT_PAY", Retry.CUSTOMER_ACTION),
            ("CARD_EXPIRED", Retry.NEW_METHOD),
            ("MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", Retry.NEW_METHOD),
            ("PAYER_ACCOUNT_LOCKED_OR_CLOSED", Retry.NEW_METHOD),
            ("TRANSACTION_REFUSED", Retry.NEVER),
            ("COMPLIANCE_VIOLATION", Retry.NEVER),
            ("NEVER_HEARD_OF", Retry.LATER),
        ],
    )
    def test_returns_a_decline_as_a_payment_that_failed(
        self, gateway: PaypalGateway, double: PaypalDouble, code: str, retry: Retry
    ) -> None:
        request = charge_request(saved_token(gateway, double))
        double.faults.plan("charge", Fault.DECLINE, code=code)

        payment = gateway.charge_saved_method(request, a_key("ch"))

        assert payment.status is PaymentStatus.FAILED
        assert payment.decline is not None
        assert (payment.decline.code, payment.decline.retry) == (code, retry)
        assert (payment.order_id, payment.price, payment.payment_ref) == (request.order_id, PRICE, None)
        assert double.books() == {"USD": (1000, 0)}

    def test_wants_a_new_method_when_the_saved_one_is_gone(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        token = saved_token(gateway, double)
        double.forget_method(token)

        payment = gateway.charge_saved_method(charge_request(token), a_key("ch"))

        assert payment.status is PaymentStatus.FAILED
        assert payment.decline is not None
        assert payment.decline.retry is Retry.NEW_METHOD

    def test_sends_the_buyer_to_paypal_when_it_wants_them(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        token = saved_token(gateway, double)
        double.faults.plan("charge", Fault.DECLINE, code="PAYER_ACTION_REQUIRED")

        payment = gateway.charge_saved_method(charge_request(token), a_key("ch"))

        assert payment.status is PaymentStatus.ACTION_REQUIRED
        assert payment.action_url == f"{double.url}/checkoutnow?token={payment.checkout_ref}"
        assert payment.decline is not None
        assert payment.decline.retry is Retry.CUSTOMER_ACTION

    def test_waits_for_money_that_is_pending(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        token = saved_token(gateway, double)
        double.hold_captures = True

        payment = gateway.charge_saved_method(charge_request(token), a_key("ch"))

        assert (payment.status, payment.decline) == (PaymentStatus.PENDING, None)

    def test_leaves_a_wrong_call_of_ours_no_decline(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        token = saved_token(gateway, double)
        double.faults.plan("charge", Fault.DECLINE, code="PAYEE_ACCOUNT_RESTRICTED")

        with pytest.raises(CallRefused) as caught:
            gateway.charge_saved_method(charge_request(token), a_key("ch"))

        assert caught.value.code == "PAYEE_ACCOUNT_RESTRICTED"

    def test_does_not_know_the_outcome_when_the_attempt_was_paid_by_another_key(
        self, gateway: PaypalGateway, double: PaypalDouble
    ) -> None:
        request = charge_request(saved_token(gateway, double))
        gateway.charge_saved_method(request, a_key("ch"))

        with pytest.raises(UnableToReach):
            gateway.charge_saved_method(request, a_key("ch"))

        assert double.books() == {"USD": (2000, 0)}

    def test_does_not_know_the_outcome_while_an_earlier_call_is_at_work(
        self, gateway: PaypalGateway, double: PaypalDouble
    ) -> None:
        token = saved_token(gateway, double)
        double.faults.plan("charge", Fault.DECLINE, code="PREVIOUS_REQUEST_IN_PROGRESS")

        with pytest.raises(UnableToReach):
            gateway.charge_saved_method(charge_request(token), a_key("ch"))
