"""The double itself: it refuses what YooKassa refuses, reports what it reports, and can be controlled from outside."""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from gateways.settings import GatewaySettings
from gateways.yookassa import open_gateway
from gateways.yookassa.adapter import YooKassaGateway
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.yookassa.samples import CHECKOUT_REQUEST, a_key, charge_request, paid, refund_request, saved_method
from tests.servers.waiting import wait_until

GOOD: dict[str, Any] = {
    "amount": {"value": "199.00", "currency": "RUB"},
    "capture": True,
    "confirmation": {"type": "redirect", "return_url": "https://shop.example/paid"},
}


@pytest.fixture
def post(double: YooKassaDouble) -> Iterator[Callable[..., httpx.Response]]:
    """Posts bodies as they are."""
    values = double.settings()
    auth = (values["SHOP_ID"], values["SECRET_KEY"])
    with httpx.Client(base_url=values["API_BASE"], auth=auth, trust_env=False) as client:
        yield lambda path, body, key="k-1": client.post(
            path, json=body, headers={"Idempotence-Key": key} if key else {}
        )


class TestStrictness:
    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": {"value": "199", "currency": "RUB"}},
            {"amount": {"value": "199.000", "currency": "RUB"}},
            {"amount": {"value": 199.0, "currency": "RUB"}},
            {"amount": {"value": "0.00", "currency": "RUB"}},
            {"amount": {"value": "199.00", "currency": "USD"}},
            {"description": "x" * 129},
            {"metadata": {"order_id": 7}},
            {"metadata": {f"k{number}": "v" for number in range(17)}},
            {"confirmation": {"type": "redirect"}},
            {"confirmation": {"type": "redirect", "return_url": "https://a.example", "locale": "xx"}},
            {"a_field_that_is_not_there": 1},
        ],
    )
    def test_a_wrong_payment_is_refused(
        self, double: YooKassaDouble, post: Callable[..., httpx.Response], changes: dict[str, Any]
    ) -> None:
        answer = post("/payments", GOOD | changes)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert double.listed("payments") == []

    @pytest.mark.parametrize("key", ["", "k" * 65])
    def test_a_key_is_wanted(self, post: Callable[..., httpx.Response], key: str) -> None:
        assert post("/payments", GOOD, key).json()["parameter"] == "Idempotence-Key"

    def test_a_receipt_of_another_sum_is_refused(self, post: Callable[..., httpx.Response]) -> None:
        item = {
            "description": "300 minutes",
            "quantity": 1,
            "amount": {"value": "1.00", "currency": "RUB"},
            "vat_code": 1,
            "payment_subject": "service",
            "payment_mode": "full_payment",
            "measure": "piece",
        }

        answer = post("/payments", GOOD | {"receipt": {"customer": {"email": "a@b.example"}, "items": [item]}})

        assert answer.json()["parameter"] == "receipt.items"

    def test_a_stranger_is_refused(self, double: YooKassaDouble) -> None:
        for secret in ("", "Basic " + b64encode(b"100500:guess").decode()):
            answer = httpx.get(f"{double.url}/v3/payments", headers={"authorization": secret}, trust_env=False)

            assert answer.status_code == 401

    def test_one_key_on_many_threads_makes_one_payment(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        key = a_key()

        with ThreadPoolExecutor(8) as threads:
            refs = set(threads.map(lambda _: gateway.create_checkout(CHECKOUT_REQUEST, key).ref, range(24)))

        assert len(refs) == 1
        assert len(double.listed("payments")) == 1

    def test_parallel_refunds_never_exceed_the_payment(
        self, double: YooKassaDouble, post: Callable[..., httpx.Response], gateway: YooKassaGateway
    ) -> None:
        payment = paid(double, gateway)
        body = {"payment_id": payment.payment_ref, "amount": {"value": "50.00", "currency": "RUB"}}

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda number: post("/refunds", body, f"rf-{number}").status_code, range(8)))

        assert sorted(answers) == [200] * 3 + [400] * 5
        assert double.books() == {"RUB": (19_900, 15_000)}


class TestNotifications:
    def test_are_sent_for_every_event_and_say_where_they_came_from(self) -> None:
        with _Listening() as (address, seen), YooKassaDouble(webhook_url=address) as double:
            gateway = open_gateway(GatewaySettings("YOOKASSA_", double.settings()))
            double.forwarded_for = "185.71.76.5"
            payment = paid(double, gateway)
            double.decline(gateway.create_checkout(CHECKOUT_REQUEST, a_key()).ref, "card_expired")
            double.expire(gateway.create_checkout(CHECKOUT_REQUEST, a_key()).ref)
            gateway.refund(refund_request(payment, 5_000), a_key("rf"))

            wait_until(lambda: len(seen) == 4, "four notifications have come", limit_s=10)

        assert [body["event"] for _, body in seen] == [
            "payment.succeeded",
            "payment.canceled",
            "payment.canceled",
            "refund.succeeded",
        ]
        assert {forwarded for forwarded, _ in seen} == {"185.71.76.5"}

    def test_a_held_refund_is_announced_only_when_it_succeeds(
        self, double: YooKassaDouble, gateway: YooKassaGateway
    ) -> None:
        payment = paid(double, gateway)
        double.hold_refunds = True
        first = gateway.refund(refund_request(payment, 5_000), a_key("rf"))
        second = gateway.refund(refund_request(payment, 5_000, refund_id="r-2"), a_key("rf"))

        double.end_refund(first.ref, succeeded=False)
        double.end_refund(second.ref, succeeded=True)

        announced = [json.loads(sent.body)["object"]["id"] for sent in double.deliveries.sent]
        assert announced == [payment.payment_ref, second.ref]


class TestControls:
    def test_work_over_http(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())

        paid_ref = _control(double, "pay", checkout_ref=checkout.ref)
        _control(double, "set", hold_refunds=True)
        _control(double, "plan", operation="fetch", fault="error_before", times=2)

        assert paid_ref == {"result": checkout.ref}
        assert double.hold_refunds
        assert _control(double, "books") == {"result": {"RUB": [19_900, 0]}}
        assert _control(double, "count", operation="create_checkout") == {"result": 1}
        assert double.faults.next("fetch") is not None

    def test_that_cannot_be_say_so(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway)

        assert "error" in _control(double, "pay", checkout_ref=payment.checkout_ref)
        assert "error" in _control(double, "end_refund", refund_ref="x", succeeded=True)
        assert "error" in _control(double, "open_dispute", payment_ref=payment.payment_ref)

    def test_a_held_charge_can_be_declined(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        method = saved_method(double, gateway)
        double.hold_charges = True
        waiting = gateway.charge_saved_method(charge_request(method), a_key("ch"))
        assert waiting.checkout_ref is not None

        double.decline(waiting.checkout_ref, "insufficient_funds")

        assert double.books() == {"RUB": (19_900, 0)}


def _control(double: YooKassaDouble, name: str, **arguments: Any) -> Any:
    return httpx.post(f"{double.url}/_control/{name}", json=arguments, trust_env=False).json()


class _Listening:
    """An address that answers 200 and remembers what it was sent."""

    def __enter__(self) -> tuple[str, list[tuple[str | None, dict[str, Any]]]]:
        seen: list[tuple[str | None, dict[str, Any]]] = []

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                seen.append((self.headers.get("x-forwarded-for"), json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Not at all."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}/", seen

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
