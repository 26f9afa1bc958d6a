"""Answers that say nothing: the call is repeated with its key, and done once."""

from collections.abc import Callable

import pytest

from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import PaymentStatus
from gateways.settings import GatewaySettings
from gateways.transport import Answer
from gateways.yookassa import open_gateway
from gateways.yookassa.adapter import YooKassaGateway
from gateways.yookassa.client import YooKassaClient
from gateways.yookassa.errors import body_of
from tests.doubles.faults import Fault
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.yookassa.samples import CHECKOUT_REQUEST, a_key, charge_request, paid, refund_request, saved_method

NOTHING_DONE = [Fault.ERROR_BEFORE, Fault.HTML, Fault.BLOCKED]


class TestAskedAgainWithTheSameKey:
    @pytest.mark.parametrize("fault", [*NOTHING_DONE, Fault.ERROR_AFTER_COMMIT])
    def test_a_checkout_is_opened_once(self, double: YooKassaDouble, gateway: YooKassaGateway, fault: Fault) -> None:
        double.faults.plan("create_checkout", fault)
        key = a_key()

        with pytest.raises(UnableToReach):
            gateway.create_checkout(CHECKOUT_REQUEST, key)
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, key)

        assert [payment.checkout_ref for payment in _payments(double)] == [checkout.ref]

    @pytest.mark.parametrize("fault", [*NOTHING_DONE, Fault.ERROR_AFTER_COMMIT])
    def test_a_charge_is_made_once(self, double: YooKassaDouble, gateway: YooKassaGateway, fault: Fault) -> None:
        charge, key = charge_request(saved_method(double, gateway)), a_key("ch")
        double.faults.plan("charge", fault)

        with pytest.raises(UnableToReach):
            gateway.charge_saved_method(charge, key)
        payment = gateway.charge_saved_method(charge, key)

        assert payment.status is PaymentStatus.PAID
        assert double.books() == {"RUB": (39_800, 0)}

    @pytest.mark.parametrize("fault", [*NOTHING_DONE, Fault.ERROR_AFTER_COMMIT])
    def test_money_is_given_back_once(self, double: YooKassaDouble, gateway: YooKassaGateway, fault: Fault) -> None:
        request, key = refund_request(paid(double, gateway), 5_000), a_key("rf")
        double.faults.plan("refund", fault)

        with pytest.raises(UnableToReach):
            gateway.refund(request, key)
        gateway.refund(request, key)

        assert double.books() == {"RUB": (19_900, 5_000)}

    def test_an_answer_that_comes_too_late_is_none(self, double: YooKassaDouble) -> None:
        settings = double.settings()
        credentials = (settings["SHOP_ID"], settings["SECRET_KEY"])
        client = YooKassaClient(settings["API_BASE"], credentials, timeout_s=(0.2, 0.2))
        hasty = YooKassaGateway(client, currency="RUB")
        double.faults.plan("create_checkout", Fault.SLOW, seconds=1)
        key = a_key()

        with pytest.raises(UnableToReach):
            hasty.create_checkout(CHECKOUT_REQUEST, key)
        checkout = hasty.create_checkout(CHECKOUT_REQUEST, key)

        assert [payment.checkout_ref for payment in _payments(double)] == [checkout.ref]

    @pytest.mark.parametrize("call", ["checkout", "charge", "refund"])
    def test_202_is_not_done_yet(self, double: YooKassaDouble, gateway: YooKassaGateway, call: str) -> None:
        payment = paid(double, gateway, saves_method=True)
        assert payment.method is not None
        charge, refund, key = charge_request(payment.method), refund_request(payment, 100), a_key()
        calls: dict[str, Callable[[], object]] = {
            "checkout": lambda: gateway.create_checkout(CHECKOUT_REQUEST, key),
            "charge": lambda: gateway.charge_saved_method(charge, key),
            "refund": lambda: gateway.refund(refund, key),
        }
        double.unfinished_posts = 1

        with pytest.raises(UnableToReach, match="202"):
            calls[call]()

        assert calls[call]() == calls[call]()

    def test_nobody_there(self) -> None:
        with YooKassaDouble() as gone:
            values = gone.settings()

        with pytest.raises(UnableToReach):
            open_gateway(GatewaySettings("YOOKASSA_", values)).fetch_payment("2203aa1d-000f-5000-8000-17102541fd31")

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_a_fetch_that_fails_can_be_repeated(
        self, double: YooKassaDouble, gateway: YooKassaGateway, fault: Fault
    ) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        double.faults.plan("fetch", fault)

        with pytest.raises(UnableToReach):
            gateway.complete_checkout(checkout.ref, a_key())

        assert gateway.complete_checkout(checkout.ref, a_key()).status is PaymentStatus.PENDING


class TestOpeningThatEndsAtOnce:
    def test_is_refused_with_the_reason(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        double.faults.plan("create_checkout", Fault.DECLINE, code="country_forbidden")

        with pytest.raises(CallRefused) as refused:
            gateway.create_checkout(CHECKOUT_REQUEST, a_key())

        assert refused.value.code == "country_forbidden"


class TestARefusal:
    def test_of_a_wrong_secret(self, double: YooKassaDouble) -> None:
        stranger = open_gateway(GatewaySettings("YOOKASSA_", double.settings() | {"SECRET_KEY": "live_guessed"}))

        with pytest.raises(UnableToReach, match="invalid_credentials") as refused:
            stranger.create_checkout(CHECKOUT_REQUEST, a_key())

        assert "live_guessed" not in str(refused.value)

    @pytest.mark.parametrize("status", [401, 403])
    def test_of_our_credentials_is_no_answer(self, status: int) -> None:
        with pytest.raises(UnableToReach):
            body_of(Answer(status, {"code": "forbidden"}), "GET /refunds/x")

    def test_of_a_payment_of_another_shop_says_that_it_is_unknown(self) -> None:
        description = "Payment doesn't exist or forbidden"
        body = {"code": "invalid_request", "description": description, "parameter": "payment_id"}

        with pytest.raises(NotFound):
            body_of(Answer(400, body), "POST /refunds")

    def test_does_not_repeat_an_address(self) -> None:
        body = {"code": "invalid_request", "description": "buyer@example.com is no e-mail", "parameter": "receipt"}

        with pytest.raises(CallRefused) as refused:
            body_of(Answer(400, body), "POST /payments")

        assert str(refused.value) == (
            "POST /payments: YooKassa refused with 400 invalid_request: … is no e-mail (parameter receipt)"
        )

    @pytest.mark.parametrize("status", [400, 404, 405, 410, 413, 451])
    @pytest.mark.parametrize("body", [{}, {"message": "no Route matched with those values"}, {"code": None}])
    def test_without_a_code_is_none_of_yookassas(self, status: int, body: dict[str, object]) -> None:
        with pytest.raises(UnableToReach, match=f"refused with {status}"):
            body_of(Answer(status, body), "POST /refunds")

    @pytest.mark.parametrize("status", [201, 204, 302, 304])
    def test_is_not_made_of_what_says_nothing(self, status: int) -> None:
        with pytest.raises(UnableToReach):
            body_of(Answer(status, {"id": "x"}), "POST /payments")


def _payments(double: YooKassaDouble) -> list:
    gateway = open_gateway(GatewaySettings("YOOKASSA_", double.settings()))
    return [gateway.fetch_payment(body["id"]) for body in double.listed("payments")]
