"""Refunds: ours and those made in PayPal's dashboard."""

import pytest

from domain.gateway.errors import CallRefused, NotFound
from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefundStatus
from domain.money import Money
from gateways.paypal.adapter import PaypalGateway
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import PaypalDouble
from tests.gateways.paypal.samples import a_key, paid, refund_request


class TestRefund:
    def test_gives_a_part_back(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        request = refund_request(payment, 300)

        given = gateway.refund(request, a_key("rf"))

        assert (given.status, given.amount) == (GatewayRefundStatus.SUCCEEDED, Money(300, "USD"))
        assert (given.payment_ref, given.refund_id) == (payment.payment_ref, request.refund_id)
        assert double.books() == {"USD": (1000, 300)}

    def test_sends_the_payer_a_note_only_where_there_is_one(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)

        gateway.refund(refund_request(payment, 100), a_key("rf"))
        gateway.refund(refund_request(payment, 200, note="We are sorry."), a_key("rf"))

        silent, noted = [one.call.body for one in double.exchanges[-2:]]
        assert "note_to_payer" not in silent
        assert noted["note_to_payer"] == "We are sorry."

    def test_leaves_the_payment_paid_and_sums_the_refunds(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        assert payment.payment_ref is not None
        gateway.refund(refund_request(payment, 300), a_key("rf"))
        gateway.refund(refund_request(payment, 300), a_key("rf"))

        part = gateway.fetch_payment(payment.payment_ref)
        gateway.refund(refund_request(payment, 400), a_key("rf"))
        whole = gateway.fetch_payment(payment.payment_ref)

        assert (part.status, part.refunded) == (PaymentStatus.PAID, Money(600, "USD"))
        assert (whole.status, whole.refunded) == (PaymentStatus.PAID, Money(1000, "USD"))
        assert whole.at == payment.at

    def test_gives_money_back_once_for_one_key(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        request, same = refund_request(paid(gateway, double), 300), a_key("rf")

        first = gateway.refund(request, same)
        second = gateway.refund(request, same)

        assert first == second
        assert double.books() == {"USD": (1000, 300)}

    def test_waits_until_paypal_has_settled_it(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        double.hold_refunds = True
        payment = paid(gateway, double)

        given = gateway.refund(refund_request(payment), a_key("rf"))

        assert given.status is GatewayRefundStatus.PENDING
        assert gateway.fetch_payment(given.payment_ref).refunded == Money(0, "USD")
        double.end_refund(given.ref, succeeded=True)
        assert gateway.fetch_refund(given.ref).status is GatewayRefundStatus.SUCCEEDED

    def test_may_fail_without_any_webhook(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        double.hold_refunds = True
        given = gateway.refund(refund_request(paid(gateway, double)), a_key("rf"))
        sent = len(double.deliveries.sent)

        double.end_refund(given.ref, succeeded=False)

        failed = gateway.fetch_refund(given.ref)
        assert (failed.status, failed.failure) == (GatewayRefundStatus.FAILED, "FAILED")
        assert len(double.deliveries.sent) == sent

    def test_is_refused_beyond_the_payment(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        gateway.refund(refund_request(payment, 300), a_key("rf"))

        with pytest.raises(CallRefused) as caught:
            gateway.refund(refund_request(payment, 701), a_key("rf"))

        assert caught.value.code == "REFUND_AMOUNT_EXCEEDED"

    def test_is_refused_when_nothing_is_left(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        gateway.refund(refund_request(payment), a_key("rf"))

        with pytest.raises(CallRefused) as caught:
            gateway.refund(refund_request(payment, 1), a_key("rf"))

        assert caught.value.code == "CAPTURE_FULLY_REFUNDED"

    @pytest.mark.parametrize("code", ["REFUND_TIME_LIMIT_EXCEEDED", "REFUND_FAILED_INSUFFICIENT_FUNDS"])
    def test_passes_the_reason_of_a_refusal_on(self, gateway: PaypalGateway, double: PaypalDouble, code: str) -> None:
        payment = paid(gateway, double)
        double.faults.plan("refund", Fault.DECLINE, code=code)

        with pytest.raises(CallRefused) as caught:
            gateway.refund(refund_request(payment), a_key("rf"))

        assert caught.value.code == code

    def test_of_a_capture_that_is_not_there_finds_nothing(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        assert payment.payment_ref is not None
        double.state.captures.pop(payment.payment_ref)

        with pytest.raises(NotFound):
            gateway.refund(refund_request(payment), a_key("rf"))


class TestDashboardRefund:
    def test_is_known_by_its_capture_and_not_by_an_id_of_ours(
        self, gateway: PaypalGateway, double: PaypalDouble
    ) -> None:
        payment = paid(gateway, double)
        assert payment.payment_ref is not None

        ref = double.refund_from_dashboard(payment.payment_ref, 250)

        assert double.state.refunds[ref].custom_id == payment.order_id, "the double is to be as misleading as PayPal"
        given = gateway.fetch_refund(ref)
        assert (given.payment_ref, given.refund_id) == (payment.payment_ref, None)
        assert (given.status, given.amount) == (GatewayRefundStatus.SUCCEEDED, Money(250, "USD"))

    def test_sends_the_same_event_as_ours(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        assert payment.payment_ref is not None

        double.refund_from_dashboard(payment.payment_ref)

        assert double.deliveries.sent[-1].event == "PAYMENT.CAPTURE.REFUNDED"


class TestFetchRefund:
    def test_has_our_id(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        request = refund_request(paid(gateway, double), 300)

        given = gateway.refund(request, a_key("rf"))

        assert gateway.fetch_refund(given.ref) == given

    def test_does_not_know_what_is_not_there(self, gateway: PaypalGateway) -> None:
        with pytest.raises(NotFound):
            gateway.fetch_refund("1JU08902781691411")
