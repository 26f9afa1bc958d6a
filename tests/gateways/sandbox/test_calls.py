"""The sandbox's adapter: keys, charges without the buyer, and calls that go wrong."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.gateway.decline import Retry
from domain.gateway.errors import UnableToReach
from domain.gateway.payment import PaymentStatus, SavedMethod
from domain.gateway.port import Gateway
from gateways.sandbox.adapter import SandboxGateway
from gateways.sandbox.client import SandboxClient
from gateways.transport import Transport
from tests.doubles.faults import Fault
from tests.doubles.sandbox.double import SandboxDouble
from tests.gateways.sandbox.samples import charge_request, checkout_request, paid, refund_request


class TestKeys:
    def test_the_same_call_again_is_the_same_checkout(self, double: SandboxDouble, gateway: Gateway) -> None:
        first, again = (gateway.create_checkout(checkout_request(), "co-1") for _ in range(2))
        other = gateway.create_checkout(checkout_request(), "co-2")

        assert first == again
        assert other.ref != first.ref
        assert double.count("create_checkout") == 3

    def test_another_call_with_a_key_is_unclear(self, gateway: Gateway) -> None:
        gateway.create_checkout(checkout_request(), "co-1")

        with pytest.raises(UnableToReach, match="came before"):
            gateway.create_checkout(checkout_request(saves_method=True), "co-1")

    def test_a_refund_that_broke_off_is_made_once(self, double: SandboxDouble, gateway: Gateway) -> None:
        payment = paid(double, gateway)
        double.faults.plan("refund", Fault.ERROR_AFTER_COMMIT)
        request = refund_request(payment.payment_ref or "", 100)

        with pytest.raises(UnableToReach):
            gateway.refund(request, "rf-1")
        refund = gateway.refund(request, "rf-1")

        assert double.books() == {"RUB": (29_900, 100)}
        assert gateway.fetch_refund(refund.ref) == refund

    def test_is_forgotten_after_a_day(self, double: SandboxDouble, gateway: Gateway) -> None:
        first = gateway.create_checkout(checkout_request(), "co-1")

        double.state.clock = lambda: datetime.now(UTC) + timedelta(hours=25)

        assert gateway.create_checkout(checkout_request(), "co-1").ref != first.ref
        assert gateway.key_lifetime < timedelta(hours=24)


class TestSavedMethod:
    def test_is_saved_when_asked_for_and_charged(self, double: SandboxDouble, gateway: Gateway) -> None:
        payment = paid(double, gateway, saves_method=True)
        assert payment.method is not None

        charged = gateway.charge_saved_method(charge_request(payment.method), "ch-1")

        assert payment.method.label == "Sandbox card *4242"
        assert payment.gateway_customer == payment.method.gateway_customer
        assert (charged.status, charged.checkout_ref, charged.order_id) == (PaymentStatus.PAID, None, "order-2")
        assert gateway.charge_saved_method(charge_request(payment.method), "ch-1") == charged
        assert double.books() == {"RUB": (59_800, 0)}

    @pytest.mark.parametrize(
        ("code", "retry"),
        [
            ("insufficient_funds", Retry.LATER),
            ("card_expired", Retry.NEW_METHOD),
            ("fraud_suspected", Retry.NEVER),
            ("authentication_failed", Retry.CUSTOMER_ACTION),
            ("never_heard_of", Retry.LATER),
        ],
    )
    def test_a_decline_is_a_payment(self, double: SandboxDouble, gateway: Gateway, code: str, retry: Retry) -> None:
        method = paid(double, gateway, saves_method=True).method
        assert method is not None
        double.faults.plan("charge", Fault.DECLINE, code=code)

        declined = gateway.charge_saved_method(charge_request(method), "ch-1")
        repeated = gateway.charge_saved_method(charge_request(method), "ch-1")
        later = gateway.charge_saved_method(charge_request(method, attempt=2), "ch-2")

        assert declined.status is PaymentStatus.FAILED
        assert declined.decline is not None
        assert (declined.decline.code, declined.decline.retry) == (code, retry)
        assert repeated == declined
        assert later.status is PaymentStatus.PAID

    def test_the_bank_may_ask_the_buyer(self, double: SandboxDouble, gateway: Gateway) -> None:
        method = paid(double, gateway, saves_method=True).method
        assert method is not None
        behaviour = f"{double.url}/v1/methods/{method.token}/behaviour"
        httpx.post(behaviour, json={"decline_code": "authentication_required"}).raise_for_status()

        charged = gateway.charge_saved_method(charge_request(method), "ch-1")

        assert charged.status is PaymentStatus.ACTION_REQUIRED
        assert charged.action_url == f"{double.url}/pay/{charged.payment_ref}/3ds"
        httpx.post(f"{charged.action_url}/confirm")
        assert gateway.fetch_payment(charged.payment_ref or "").status is PaymentStatus.PAID

    def test_one_that_is_gone_asks_for_another(self, gateway: Gateway) -> None:
        charged = gateway.charge_saved_method(charge_request(SavedMethod("sbx_pm_none", None, "Old card")), "ch-1")

        assert charged.decline is not None
        assert charged.decline.retry is Retry.NEW_METHOD


class TestFaults:
    @pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.HTML])
    def test_no_clear_answer_is_an_error_and_nothing_was_done(
        self, double: SandboxDouble, gateway: Gateway, fault: Fault
    ) -> None:
        double.faults.plan("create_checkout", fault)

        with pytest.raises(UnableToReach):
            gateway.create_checkout(checkout_request(), "co-1")

        assert list(gateway.list_recent(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))) == []

    def test_an_answer_that_takes_too_long_is_unknown(self, double: SandboxDouble) -> None:
        impatient = SandboxGateway(SandboxClient(Transport(double.url, timeout_s=(0.3, 0.3))), page_url=double.url)
        double.faults.plan("create_checkout", Fault.SLOW, seconds=1)

        with pytest.raises(UnableToReach):
            impatient.create_checkout(checkout_request(), "co-1")

    def test_somebody_else_at_that_address_is_no_clear_answer(self, double: SandboxDouble) -> None:
        astray = SandboxGateway(SandboxClient(Transport(f"{double.url}/elsewhere")), page_url=double.url)

        with pytest.raises(UnableToReach):
            astray.fetch_payment("sbx_co_1")

    @pytest.mark.parametrize(
        "change", [{"amount_minor": 0}, {"amount_minor": "100"}, {"currency": "rub"}, {"surprise": 1}]
    )
    def test_a_wrong_body_is_refused_in_the_sandboxs_words(self, double: SandboxDouble, change: dict) -> None:
        body = {
            "order_id": "o",
            "account_id": "a",
            "amount_minor": 100,
            "currency": "RUB",
            "title": "t",
            "return_url": "http://127.0.0.1:1/",
            "cancel_url": "http://127.0.0.1:1/",
        }
        assert httpx.post(f"{double.url}/v1/checkouts", json=body).status_code == 201

        answer = httpx.post(f"{double.url}/v1/checkouts", json=body | change)

        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "invalid_request"
