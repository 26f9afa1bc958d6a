"""Calls that go wrong: the outcome is unknown, and the same key finds it out."""

import pytest

from domain.gateway.errors import UnableToReach
from domain.gateway.payment import PaymentStatus
from gateways.paypal.adapter import PaypalGateway
from gateways.paypal.client import PaypalClient
from gateways.paypal.errors import body_of
from gateways.transport import Answer, Transport
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import CLIENT_ID, CLIENT_SECRET, PaypalDouble
from tests.gateways.paypal.samples import a_key, charge_request, checkout_request, paid, refund_request, saved_token

LOST = [Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT, Fault.HTML, Fault.BLOCKED]


class TestLostAnswers:
    @pytest.mark.parametrize("fault", LOST)
    def test_of_a_checkout_are_found_again_by_the_key(
        self, gateway: PaypalGateway, double: PaypalDouble, fault: Fault
    ) -> None:
        request, same = checkout_request(), a_key()
        double.faults.plan("create_checkout", fault)

        with pytest.raises(UnableToReach):
            gateway.create_checkout(request, same)

        gateway.create_checkout(request, same)
        assert len(double.state.orders) == 1

    @pytest.mark.parametrize("fault", LOST)
    def test_of_a_capture_are_found_again_by_the_key(
        self, gateway: PaypalGateway, double: PaypalDouble, fault: Fault
    ) -> None:
        checkout, same = gateway.create_checkout(checkout_request(), a_key()), a_key("cp")
        double.pay(checkout.ref)
        double.faults.plan("complete_checkout", fault)

        with pytest.raises(UnableToReach):
            gateway.complete_checkout(checkout.ref, same)

        assert gateway.complete_checkout(checkout.ref, same).status is PaymentStatus.PAID
        assert double.books() == {"USD": (1000, 0)}

    @pytest.mark.parametrize("fault", LOST)
    def test_of_a_charge_are_found_again_by_the_key(
        self, gateway: PaypalGateway, double: PaypalDouble, fault: Fault
    ) -> None:
        request, same = charge_request(saved_token(gateway, double)), a_key("ch")
        double.faults.plan("charge", fault)

        with pytest.raises(UnableToReach):
            gateway.charge_saved_method(request, same)

        assert gateway.charge_saved_method(request, same).status is PaymentStatus.PAID
        assert double.books() == {"USD": (2000, 0)}

    @pytest.mark.parametrize("fault", LOST)
    def test_of_a_refund_are_found_again_by_the_key(
        self, gateway: PaypalGateway, double: PaypalDouble, fault: Fault
    ) -> None:
        request, same = refund_request(paid(gateway, double), 300), a_key("rf")
        double.faults.plan("refund", fault)

        with pytest.raises(UnableToReach):
            gateway.refund(request, same)

        gateway.refund(request, same)
        assert double.books() == {"USD": (1000, 300)}

    def test_come_too_late(self, double: PaypalDouble) -> None:
        hasty = PaypalGateway(PaypalClient(Transport(double.url, timeout_s=(0.3, 0.3)), CLIENT_ID, CLIENT_SECRET))
        request, same = checkout_request(), a_key()
        double.faults.plan("create_checkout", Fault.SLOW, seconds=1.0)

        with pytest.raises(UnableToReach, match="ReadTimeout"):
            hasty.create_checkout(request, same)

        hasty.create_checkout(request, same)
        assert len(double.state.orders) == 1
        hasty.close()

    def test_come_from_nobody(self) -> None:
        with PaypalDouble() as double:
            nowhere = double.url
        gateway = PaypalGateway(PaypalClient(Transport(nowhere), CLIENT_ID, CLIENT_SECRET))

        with pytest.raises(UnableToReach, match="ConnectionError"):
            gateway.create_checkout(checkout_request(), a_key())

        gateway.close()


class TestRefusals:
    @pytest.mark.parametrize("status", [401, 403])
    def test_of_our_credentials_are_no_answer(self, status: int) -> None:
        with pytest.raises(UnableToReach):
            body_of(Answer(status, {"name": "NOT_AUTHORIZED"}), "refunding capture 3C6")

    @pytest.mark.parametrize("status", [400, 404, 405, 410, 413, 422, 451])
    @pytest.mark.parametrize("body", [{}, {"message": "no Route matched with those values"}, {"name": None}])
    def test_without_an_issue_are_none_of_paypals(self, status: int, body: dict[str, object]) -> None:
        with pytest.raises(UnableToReach, match=f"HTTP_{status}"):
            body_of(Answer(status, body), "refunding capture 3C6")

    @pytest.mark.parametrize("issue", ["DUPLICATE_REQUEST_ID", "PAYPAL_REQUEST_ID_PREVIOUSLY_USED"])
    def test_of_a_key_that_came_before_are_no_answer(self, issue: str) -> None:
        with pytest.raises(UnableToReach):
            body_of(Answer(422, {"details": [{"issue": issue}]}), "refunding capture 3C6")
