from datetime import UTC, datetime

import pytest
import stripe
from fastapi import FastAPI, Request, Response

from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import PaymentStatus, SavedMethod
from gateways.stripe.adapter import StripeGateway
from gateways.stripe.client import open_client
from tests.doubles.faults import Fault
from tests.doubles.server import Served
from tests.gateways.stripe.samples import charge_request, checkout_request, paid, refund_request, saved_method

TRIES = 3
ERROR = b'{"error": {"type": "api_error", "message": "buyer@example.com"}}'


def answering(status, body=ERROR, **headers):
    """Return a server that answers everything alike, and the calls that it has seen."""
    app, seen = FastAPI(openapi_url=None), []

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    def answer(path: str, request: Request) -> Response:
        seen.append(dict(request.headers))
        return Response(body, status, headers=headers, media_type="application/json")

    return Served(app), seen


class TestUnclearAnswers:
    @pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT, Fault.HTML])
    def test_the_sdk_asks_again_with_the_same_key(self, gateway, double, fault):
        double.faults.plan("create_checkout", fault)

        checkout = gateway.create_checkout(checkout_request(), "co-1")

        assert double.count("create_checkout") == 2
        assert gateway.fetch_payment(checkout.ref).status is PaymentStatus.PENDING

    @pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT, Fault.HTML])
    def test_says_that_the_outcome_is_unknown_and_repeating_settles_it(self, gateway, double, fault):
        payment = paid(gateway, double)
        double.faults.plan("refund", fault, times=TRIES)

        with pytest.raises(UnableToReach):
            gateway.refund(refund_request(payment.payment_ref, 100), "rf-1")
        refund = gateway.refund(refund_request(payment.payment_ref, 100), "rf-1")

        assert double.books() == {"RUB": (29900, 100)}
        assert gateway.fetch_refund(refund.ref).refund_id == "r1"

    def test_a_charge_of_unknown_outcome_takes_money_once(self, gateway, double):
        method = saved_method(gateway, double)
        double.faults.plan("charge", Fault.ERROR_AFTER_COMMIT, times=TRIES)

        with pytest.raises(UnableToReach):
            gateway.charge_saved_method(charge_request(method), "ch-1-1")

        assert gateway.charge_saved_method(charge_request(method), "ch-1-1").status is PaymentStatus.PAID
        assert double.books() == {"RUB": (2 * 29900, 0)}

    def test_an_error_that_stripe_keeps_stays_unknown_and_the_payment_can_be_found(self, gateway, double):
        method = saved_method(gateway, double)
        double.switches.stores_500s = True
        double.faults.plan("charge", Fault.ERROR_AFTER_COMMIT)

        for _ in range(2):
            with pytest.raises(UnableToReach):
                gateway.charge_saved_method(charge_request(method), "ch-1-1")

        [sent_body] = [sent.body for sent in double.deliveries.sent if sent.event == "payment_intent.succeeded"][1:]
        assert b'"order_id": "o2"' in sent_body
        assert double.books() == {"RUB": (2 * 29900, 0)}

    def test_a_fetch_fails_clearly(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        double.faults.plan("fetch", Fault.HTML, times=TRIES)

        with pytest.raises(UnableToReach, match="answered 502"):
            gateway.fetch_payment(checkout.ref)

    def test_does_not_wait_for_ever(self, double):
        hasty = StripeGateway(open_client(double.settings()["SECRET_KEY"], double.url, timeout_s=(1, 0.2)))
        double.faults.plan("create_checkout", Fault.SLOW, times=TRIES, seconds=0.6)

        with pytest.raises(UnableToReach, match="gave no answer"):
            hasty.create_checkout(checkout_request(), "co-1")

        assert hasty.create_checkout(checkout_request(), "co-1").ref

    def test_nobody_listens(self):
        with Served(FastAPI()) as served:
            url = served.url
        nowhere = StripeGateway(open_client("sk_test_x", url))

        with pytest.raises(UnableToReach, match="gave no answer"):
            nowhere.fetch_refund("re_1")


class TestStatuses:
    @pytest.mark.parametrize("status", [409, 429, 500, 503])
    def test_may_work_later(self, status):
        served, seen = answering(status)
        with served:
            gateway = StripeGateway(open_client("sk_test_x", served.url))

            with pytest.raises(UnableToReach) as raised:
                gateway.refund(refund_request("pi_1", 1), "rf-1")

        assert "buyer" not in str(raised.value)
        assert {call["idempotency-key"] for call in seen} == {"rf-1"}
        assert len(seen) == (1 if status == 429 else TRIES)

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_key_that_is_not_taken_is_no_final_answer(self, status):
        served, seen = answering(status, **{"Request-Id": "req_7"})
        with served:
            gateway = StripeGateway(open_client("sk_test_secret", served.url))

            with pytest.raises(UnableToReach, match=r"our secret key for this \(request req_7\)") as raised:
                gateway.refund(refund_request("pi_1", 1), "rf-1")

        assert "sk_test" not in str(raised.value)
        assert len(seen) == 1

    def test_a_key_used_for_something_else_leaves_the_outcome_unknown(self, gateway, double):
        payment = paid(gateway, double)
        gateway.refund(refund_request(payment.payment_ref, 100), "rf-1")

        with pytest.raises(UnableToReach, match="used before with other content"):
            gateway.refund(refund_request(payment.payment_ref, 200), "rf-1")

        assert double.books() == {"RUB": (29900, 100)}

    @pytest.mark.parametrize("status", [200, 400, 502])
    @pytest.mark.parametrize("body", [b"", b"[]", b"7", b'{"error": "odd"}', b"<html>"])
    def test_an_answer_that_is_not_stripes_is_no_answer(self, body, status):
        served, _ = answering(status, body)
        with served:
            gateway = StripeGateway(open_client("sk_test_x", served.url, retries=0))

            with pytest.raises(UnableToReach):
                gateway.refund(refund_request("pi_1", 1), "rf-1")

    def test_a_card_error_outside_of_charges_is_a_refusal(self):
        served, _ = answering(402, b'{"error": {"type": "card_error", "code": "card_declined", "message": "x"}}')
        with served:
            gateway = StripeGateway(open_client("sk_test_x", served.url, retries=0))

            with pytest.raises(CallRefused) as raised:
                gateway.refund(refund_request("pi_1", 1), "rf-1")

        assert raised.value.code == "card_declined"

    @pytest.mark.parametrize(
        "call",
        [
            lambda gateway: gateway.refund(refund_request("pi_1", 1), "rf-1"),
            lambda gateway: gateway.create_checkout(checkout_request(saves_method=True), "co-1"),
            lambda gateway: gateway.create_checkout(checkout_request(), "co-1"),
            lambda gateway: gateway.charge_saved_method(charge_request(SavedMethod("pm_1", "cus_1", "Visa")), "ch-1"),
            lambda gateway: gateway.fetch_payment("cs_test_1"),
            lambda gateway: gateway.fetch_payment("pi_12"),
            lambda gateway: gateway.fetch_refund("re_1"),
            lambda gateway: gateway.fetch_dispute("dp_1"),
            lambda gateway: list(gateway.list_recent(datetime.now(UTC), datetime.now(UTC))),
        ],
    )
    def test_a_success_that_says_nothing_is_unknown(self, call):
        served, _ = answering(200, b"{}")
        with served:
            gateway = StripeGateway(open_client("sk_test_x", served.url, retries=0))

            with pytest.raises(UnableToReach, match="has no"):
                call(gateway)


class TestConnection:
    def test_nothing_of_the_process_leads_the_calls_astray(self, gateway, double, monkeypatch, tmp_path):
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login thief password thief\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "")

        assert gateway.create_checkout(checkout_request(), "co-1").ref

    def test_follows_no_redirect(self, double):
        served, seen = answering(307, b"", Location=f"{double.url}/v1/refunds")
        with served:
            gateway = StripeGateway(open_client(double.settings()["SECRET_KEY"], served.url))

            with pytest.raises(UnableToReach):
                gateway.refund(refund_request("pi_1", 1), "rf-1")

        assert seen
        assert double.recorded == []

    def test_speaks_the_version_of_the_sdk_and_sends_no_telemetry(self, gateway, double):
        gateway.create_checkout(checkout_request(), "co-1")
        gateway.create_checkout(checkout_request(order="o2"), "co-2")

        headers = double.recorded[-1].headers
        assert headers["stripe-version"] == stripe.api_version
        assert "x-stripe-client-telemetry" not in headers
