"""The double itself: what other tests rely on."""

import threading
import time

import httpx
import pytest
from fastapi import FastAPI, Request

from domain.gateway.errors import UnableToReach
from domain.gateway.payment import PaymentStatus
from tests.doubles.faults import Fault
from tests.doubles.server import Served
from tests.doubles.stripe.api import SECRET_KEY
from tests.doubles.stripe.buyers import UnableToPlay
from tests.doubles.stripe.double import StripeDouble
from tests.doubles.stripe.forms import parsed, typed
from tests.gateways.stripe.samples import checkout_request, gateway_at, paid, reader_of, refund_request


def post(double, path, form, *, key=None, secret=SECRET_KEY):
    headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": key} if key else {})
    return httpx.post(double.url + path, data=form, headers=headers, trust_env=False)


def control(double, name, **given):
    return httpx.post(f"{double.url}/_control/{name}", json=given, trust_env=False)


def wait_until(holds, *, limit_s=10):
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestApi:
    def test_another_key_of_the_account_opens_nothing(self, double):
        assert post(double, "/v1/customers", {}, secret="sk_test_other").status_code == 401

    def test_a_key_comes_back_with_the_same_answer_and_only_with_the_same_content(self, double):
        first = post(double, "/v1/customers", {"email": "a@example.com"}, key="k")
        again = post(double, "/v1/customers", {"email": "a@example.com"}, key="k")
        other = post(double, "/v1/customers", {"email": "b@example.com"}, key="k")
        elsewhere = post(double, "/v1/refunds", {"payment_intent": "pi_1"}, key="k")

        assert first.json() == again.json()
        assert {other.json()["error"]["type"], elsewhere.json()["error"]["type"]} == {"idempotency_error"}
        assert double.count("create_customer") == 3

    @pytest.mark.parametrize(
        ("form", "word"),
        [
            ({"payment_intent": "pi_1", "sum": "1"}, "unknown parameter"),
            ({"payment_intent": "pi_1", "amount": "1.0"}, "amount"),
            ({"payment_intent": "pi_1", "amount": "0"}, "amount"),
            ({"payment_intent": "pi_1", "metadata[a][b]": "1"}, "metadata"),
            ({}, "payment_intent"),
            ({"a[": "1"}, "well-formed"),
        ],
    )
    def test_refuses_what_it_does_not_know(self, double, form, word):
        answer = post(double, "/v1/refunds", form)

        assert answer.status_code == 400
        assert word in answer.json()["error"]["message"]

    def test_a_refusal_before_the_call_is_not_stored(self, double):
        refused = post(double, "/v1/refunds", {"payment_intent": "pi_unknown"}, key="k")
        corrected = post(double, "/v1/customers", {}, key="k")

        assert (refused.status_code, corrected.status_code) == (400, 200)

    @pytest.mark.parametrize(("currency", "amount"), [("isk", 550), ("ugx", 1), ("kwd", 1255)])
    def test_refuses_amounts_that_are_too_fine(self, gateway, double, currency, amount):
        form = {
            "mode": "payment",
            "line_items[0][price_data][currency]": currency,
            "line_items[0][price_data][unit_amount]": amount,
            "line_items[0][price_data][product_data][name]": "x",
            "line_items[0][quantity]": 1,
            "success_url": "https://shop.example",
            "client_reference_id": "o1",
            "metadata[order_id]": "o1",
            "payment_intent_data[metadata][order_id]": "o1",
        }

        assert post(double, "/v1/checkout/sessions", form).status_code == 400
        assert post(double, "/v1/checkout/sessions", form | {"line_items[0][price_data][unit_amount]": 1000}).is_success

    def test_many_at_once_never_give_back_more_than_was_paid(self, gateway, double):
        payment = paid(gateway, double)
        outcomes = []

        def refund(number):
            try:
                gateway.refund(refund_request(payment.payment_ref, 10000, refund_id=f"r{number}"), f"rf-{number}")
                outcomes.append("given")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is compared below
                outcomes.append(type(error).__name__)

        threads = [threading.Thread(target=refund, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes) == ["CallRefused"] * 6 + ["given"] * 2
        assert double.books() == {"RUB": (29900, 20000)}

    def test_is_slow_when_asked(self, gateway, double):
        double.faults.plan("create_checkout", Fault.SLOW, seconds=0.3)
        began = time.monotonic()

        gateway.create_checkout(checkout_request(), "co-1")

        assert time.monotonic() - began >= 0.3

    def test_is_not_held_up_by_a_slow_call(self, gateway, double):
        payment = paid(gateway, double)
        double.faults.plan("refund", Fault.SLOW, seconds=1.5)
        thread = threading.Thread(target=gateway.refund, args=(refund_request(payment.payment_ref, 1), "rf-1"))
        thread.start()
        wait_until(lambda: double.books() == {"RUB": (29900, 1)})

        assert gateway.fetch_payment(payment.payment_ref).status is PaymentStatus.PAID
        assert thread.is_alive()
        thread.join()


class TestControls:
    def test_work_over_http(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(), "co-1")

        payment_ref = control(double, "pay", checkout_ref=checkout.ref).json()["result"]
        control(double, "hold_refunds", holds=True)
        refund = gateway.refund(refund_request(payment_ref, 100), "rf-1")
        control(double, "end_refund", refund_ref=refund.ref, succeeded=True)

        assert control(double, "books").json() == {"result": {"RUB": [29900, 100]}}
        assert control(double, "count", operation="refund").json() == {"result": 1}

    def test_plan_faults_over_http(self, gateway, double):
        control(double, "plan", operation="create_checkout", fault="error_before", times=3)

        with pytest.raises(UnableToReach):
            gateway.create_checkout(checkout_request(), "co-1")

    def test_say_what_cannot_be(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        double.expire(checkout.ref)

        assert control(double, "pay", checkout_ref=checkout.ref).status_code == 409
        assert control(double, "rob").status_code == 404
        with pytest.raises(UnableToPlay, match="is expired"):
            double.pay(checkout.ref)

    @pytest.mark.parametrize(
        ("way", "status", "address"),
        [
            ("pay", PaymentStatus.PAID, "https://shop.example/back"),
            ("decline", PaymentStatus.PENDING, None),
            ("expire", PaymentStatus.EXPIRED, "https://shop.example/away"),
            ("cancel", PaymentStatus.PENDING, "https://shop.example/away"),
        ],
    )
    def test_a_person_can_pay_on_the_page(self, gateway, double, way, status, address):
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        page = httpx.get(checkout.redirect_url, trust_env=False)

        done = httpx.post(f"{double.url}/_pay/{checkout.ref}?way={way}", trust_env=False)

        assert f"/_pay/{checkout.ref}?way={way}" in page.text
        assert done.headers["location"] == (address or f"/c/pay/{checkout.ref}")
        assert gateway.fetch_payment(checkout.ref).status is status


class TestWebhooks:
    def test_arrive_as_they_were_signed(self):
        app, hints = FastAPI(openapi_url=None), []

        @app.post("/webhooks/stripe")
        async def take(request: Request) -> None:
            hints.append(reader_of(double).read(request.headers, await request.body(), "127.0.0.1"))

        with Served(app) as relay, StripeDouble(webhook_url=f"{relay.url}/webhooks/stripe") as double:
            double.deliveries.manner.copies = 2
            payment = paid(gateway_at(double), double)
            wait_until(lambda: double.deliveries.is_idle)

        hints_of_checkout = [hint for hint in hints if hint and hint.event == "checkout.session.completed"]
        assert [hint.ref for hint in hints_of_checkout] == [payment.checkout_ref] * 2
        assert hints_of_checkout[0].dedupe_key == hints_of_checkout[1].dedupe_key
        assert set(double.deliveries.answers) == {200}


class TestForms:
    @pytest.mark.parametrize(
        ("form", "nested"),
        [
            ("", {}),
            ("a=1&b=", {"a": "1", "b": ""}),
            ("a[b][c]=1&a[d]=2", {"a": {"b": {"c": "1"}, "d": "2"}}),
            ("a[0][b]=1&a[1][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
            ("a[]=1&a[]=2", {"a": ["1", "2"]}),
            ("a%5Bb%5D=%D0%B9+x", {"a": {"b": "й x"}}),
        ],
    )
    def test_are_nested(self, form, nested):
        assert parsed(form) == nested

    @pytest.mark.parametrize("form", ["a=1&a=2", "a=1&a[b]=2", "[a]=1", "a[b=1", "a"])
    def test_are_not_guessed_at(self, form):
        with pytest.raises(ValueError, match=r"."):
            parsed(form)

    def test_get_the_types_that_are_asked_for(self):
        number, truth = {"type": "integer"}, {"type": "boolean"}
        schema = {"properties": {"a": number, "b": truth, "c": {"items": number}, "d": {"anyOf": [number, truth]}}}

        value = typed({"a": "1", "b": "true", "c": ["2", "x"], "d": "false", "e": "3"}, schema)

        assert value == {"a": 1, "b": True, "c": [2, "x"], "d": False, "e": "3"}
