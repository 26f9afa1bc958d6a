"""A call ends at its deadline, however its answer comes: never, in drops, or as a reset; the next call works."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.gateway.errors import UnableToReach
from domain.gateway.port import Gateway
from gateways.paypal.adapter import PaypalGateway
from gateways.paypal.client import PaypalClient
from gateways.sandbox.adapter import SandboxGateway
from gateways.sandbox.client import SandboxClient
from gateways.sessions import DEADLINE_S, DeadlinePassed, DirectSession
from gateways.stripe.adapter import StripeGateway
from gateways.stripe.client import open_client
from gateways.transport import Transport
from gateways.yookassa.adapter import YooKassaGateway
from gateways.yookassa.client import YooKassaClient
from tests.doubles.paypal.double import CLIENT_ID, CLIENT_SECRET, PaypalDouble
from tests.doubles.proxy import Mode, Proxy
from tests.doubles.sandbox.double import SandboxDouble
from tests.doubles.stripe.double import StripeDouble
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.paypal.samples import checkout_request

SHORT_S = 0.6

DOUBLES = {"stripe": StripeDouble, "paypal": PaypalDouble, "yookassa": YooKassaDouble, "sandbox": SandboxDouble}

REFS = {
    "stripe": "cs_test_a1",
    "paypal": "5O190127TN364715T",
    "yookassa": "22e12f66-000f-5000-8000",
    "sandbox": "sbx_1",
}


OPENED: dict[str, Callable[[str], Gateway]] = {
    "stripe": lambda url: StripeGateway(open_client("sk_test_x", url, deadline_s=SHORT_S)),
    "paypal": lambda url: PaypalGateway(PaypalClient(Transport(url, deadline_s=SHORT_S), CLIENT_ID, CLIENT_SECRET)),
    "yookassa": lambda url: YooKassaGateway(
        YooKassaClient(url, ("100500", "test_x"), deadline_s=SHORT_S), currency="RUB"
    ),
    "sandbox": lambda url: SandboxGateway(SandboxClient(Transport(url, deadline_s=SHORT_S)), page_url=url),
}


@pytest.mark.parametrize("mode", [Mode.HANG, Mode.DRIP, Mode.RESET])
@pytest.mark.parametrize("name", DOUBLES)
class TestACall:
    def test_ends_at_its_deadline(self, name: str, mode: Mode) -> None:
        with DOUBLES[name]() as double, Proxy(double.url, mode) as proxy:
            gateway, began_s = OPENED[name](proxy.url), time.monotonic()

            with pytest.raises(UnableToReach):
                gateway.fetch_payment(REFS[name])

            # The SDK of Stripe repeats a call that was reset, with pauses; it must not repeat one whose time is over.
            assert time.monotonic() - began_s < SHORT_S + (4 if mode is Mode.RESET else 2)


class TestPaypalsToken:
    def test_is_asked_for_once_and_nobody_queues_behind_who_waits_for_it(self) -> None:
        with PaypalDouble() as double, Proxy(double.url, Mode.HANG) as proxy:
            gateway, began_s, start = OPENED["paypal"](proxy.url), time.monotonic(), threading.Barrier(8)

            def create(number: int) -> None:
                start.wait(10)
                gateway.create_checkout(checkout_request(), f"co-{number}")

            with ThreadPoolExecutor(8) as pool:
                calls = [pool.submit(create, number) for number in range(8)]
                errors = [call.exception(30) for call in calls]

            assert all(isinstance(error, UnableToReach) for error in errors)
            assert time.monotonic() - began_s < SHORT_S + 2
            assert proxy.requests == 1

    def test_is_asked_for_again_by_the_next_call(self) -> None:
        with PaypalDouble() as double, Proxy(double.url, Mode.HANG) as proxy:
            gateway = OPENED["paypal"](proxy.url)
            with pytest.raises(UnableToReach):
                gateway.create_checkout(checkout_request(), "co-1")
            proxy.mode = Mode.PASS

            assert gateway.create_checkout(checkout_request(), "co-1").ref


class TestTheSession:
    def test_cuts_an_answer_in_drops_on_a_connection_that_was_used_before(self) -> None:
        with SandboxDouble() as double, Proxy(double.url) as proxy:
            session = DirectSession(deadline_s=SHORT_S)
            assert session.request("GET", proxy.url).status_code == 404
            proxy.mode, began_s = Mode.DRIP, time.monotonic()

            with pytest.raises(DeadlinePassed, match="in time"):
                session.request("GET", proxy.url)

            assert time.monotonic() - began_s < SHORT_S + 2

    def test_cuts_the_agreement_on_tls(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            session, began_s = DirectSession(deadline_s=SHORT_S), time.monotonic()

            with pytest.raises(DeadlinePassed, match="in time"):
                session.request("GET", f"https://127.0.0.1:{silent.getsockname()[1]}")

            assert time.monotonic() - began_s < SHORT_S + 2

    def test_does_not_cut_the_call_after_one_that_was_in_time(self) -> None:
        with SandboxDouble() as double:
            session = DirectSession(deadline_s=SHORT_S)

            for _ in range(4):
                assert session.request("GET", double.url).status_code == 404
                time.sleep(SHORT_S / 3)

    def test_uses_no_proxy_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

        with SandboxDouble() as double:
            assert DirectSession().request("GET", double.url).status_code == 404

    def test_lets_no_call_take_longer_than_a_worker_may_be_held(self) -> None:
        assert DEADLINE_S <= 15
