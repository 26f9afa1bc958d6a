"""The sandbox's server: its pages, its memory, its webhooks."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from domain.gateway.payment import Checkout, PaymentStatus
from domain.gateway.port import Gateway
from domain.money import Money
from gateways.sandbox import open_gateway, open_webhook_reader
from gateways.sandbox.server import serve_in_thread
from gateways.sandbox.server.sending import WebhookSender
from gateways.sandbox.server.texts import ENGLISH, RUSSIAN, amount_text
from gateways.settings import GatewaySettings, UnableToOpen
from tests.doubles.sandbox.double import SandboxDouble
from tests.gateways.sandbox.samples import checkout_request, gateway_of
from tests.servers.waiting import wait_until


class TestPage:
    def test_shows_amount_title_and_that_no_money_moves(self) -> None:
        with SandboxDouble() as double:
            _, checkout = _open_checkout(double)

            page = httpx.get(checkout.redirect_url)

        assert "Sandbox: no money moves" in page.text
        assert "₽299.00" in page.text
        assert "60 minutes &lt;b&gt;&amp; more&lt;/b&gt;" in page.text
        assert "<b>" not in page.text
        assert page.text.count("<button") == 4
        assert "default-src 'none'" in page.headers["content-security-policy"]

    @pytest.mark.parametrize(
        ("locale", "accepted", "lang"),
        [
            ("ru-RU", "en", "ru"),
            ("en", "ru", "en"),
            (None, "ru-RU,en;q=0.5", "ru"),
            (None, "de", "en"),
            ("fr", "ru", "en"),
        ],
    )
    def test_speaks_the_buyers_language(self, locale: str | None, accepted: str, lang: str) -> None:
        with SandboxDouble() as double:
            checkout = gateway_of(double).create_checkout(checkout_request(locale=locale), "co-1")

            page = httpx.get(checkout.redirect_url, headers={"Accept-Language": accepted}).text

        assert f'<html lang="{lang}">' in page
        assert (RUSSIAN if lang == "ru" else ENGLISH)["lead"] in page

    @pytest.mark.parametrize(
        ("clicks", "state", "goes_to"),
        [
            (["pay"], PaymentStatus.PAID, "http://127.0.0.1:1/back?order=1&x=2"),
            (["decline"], PaymentStatus.FAILED, "http://127.0.0.1:1/cancelled"),
            (["expire"], PaymentStatus.EXPIRED, "http://127.0.0.1:1/cancelled"),
            (["3ds", "3ds/confirm"], PaymentStatus.PAID, "http://127.0.0.1:1/back?order=1&x=2"),
            (["3ds", "3ds/fail"], PaymentStatus.FAILED, "http://127.0.0.1:1/cancelled"),
        ],
    )
    def test_each_button_does_it_and_sends_the_buyer_on(
        self, clicks: list[str], state: PaymentStatus, goes_to: str
    ) -> None:
        with SandboxDouble() as double:
            gateway, checkout = _open_checkout(double)

            answers = [_click(checkout, click) for click in clicks]

            assert gateway.fetch_payment(checkout.ref).status is state
        assert [answer.status_code for answer in answers] == [303] * len(clicks)
        assert answers[-1].headers["location"] == goes_to

    def test_the_banks_page_asks(self) -> None:
        with SandboxDouble() as double:
            _, checkout = _open_checkout(double)
            _click(checkout, "3ds")

            page = httpx.get(checkout.redirect_url, follow_redirects=True)

        assert page.url.path.endswith("/3ds")
        assert ENGLISH["3ds_lead"] in page.text
        assert page.text.count("<button") == 2

    def test_a_second_click_changes_nothing_and_says_how_it_ended(self) -> None:
        with SandboxDouble() as double:
            gateway, checkout = _open_checkout(double)
            _click(checkout, "pay")

            second = _click(checkout, "decline")
            page = httpx.get(checkout.redirect_url)

            assert gateway.fetch_payment(checkout.ref).status is PaymentStatus.PAID
            assert second.headers["location"] == f"/pay/{checkout.ref}"
            assert ENGLISH["paid_lead"] in page.text
            assert 'href="http://127.0.0.1:1/back?order=1&amp;x=2"' in page.text
            assert double.books() == {"RUB": (29_900, 0)}

    def test_of_no_payment_says_so(self) -> None:
        with SandboxDouble() as double:
            page = httpx.get(f"{double.url}/pay/sbx_co_none")

        assert page.status_code == 404
        assert ENGLISH["missing"] in page.text

    def test_both_languages_have_the_same_words(self) -> None:
        assert set(ENGLISH) == set(RUSSIAN)

    @pytest.mark.parametrize(
        ("money", "english", "russian"),
        [
            (Money(129_900, "RUB"), "₽1,299.00", "1\xa0299,00\xa0₽"),
            (Money(500, "JPY"), "¥500", "500\xa0¥"),
            (Money(1_250, "KWD"), "KWD\xa01.250", "1,250\xa0KWD"),
            (Money(5, "USD"), "$0.05", "0,05\xa0$"),
        ],
    )
    def test_amounts_are_written_as_each_language_has_them(self, money: Money, english: str, russian: str) -> None:
        assert (amount_text(money, "en"), amount_text(money, "ru")) == (english, russian)


class TestServing:
    def test_a_restart_keeps_everything(self, tmp_path: Path) -> None:
        file = tmp_path / "sandbox.json"
        with _Listener(200) as listener:
            settings = _settings(listener)
            with serve_in_thread(settings, port=0, state_file=file) as url:
                checkout = _gateway(url).create_checkout(checkout_request(saves_method=True), "co-1")
                httpx.post(f"{url}/pay/{checkout.ref}/pay")
                before = _gateway(url).fetch_payment(checkout.ref)
            with serve_in_thread(settings, port=0, state_file=file) as url:
                after = _gateway(url).fetch_payment(checkout.ref)
                repeated = _gateway(url).create_checkout(checkout_request(saves_method=True), "co-1")

        assert before.status is PaymentStatus.PAID
        assert after == before
        assert repeated.ref == checkout.ref

    def test_webhooks_arrive_signed_at_the_address_of_the_settings(self) -> None:
        with _Listener(200) as listener, serve_in_thread(_settings(listener), port=0) as url:
            checkout = _gateway(url).create_checkout(checkout_request(), "co-1")
            httpx.post(f"{url}/pay/{checkout.ref}/pay")
            wait_until(lambda: len(listener.received) == 1, "the webhook has arrived", limit_s=5)
            headers, body = listener.received[0]

            hint = open_webhook_reader(_settings(listener)).read(headers, body, "127.0.0.1")

        assert hint is not None
        assert (hint.ref, hint.event) == (checkout.ref, "checkout.paid")

    def test_an_address_in_use_is_an_error(self) -> None:
        with SandboxDouble() as double:
            with pytest.raises(UnableToOpen, match="cannot listen"), serve_in_thread(_settings(), **_place(double)):
                pass

    def test_a_wrong_address_is_an_error(self) -> None:
        with pytest.raises(UnableToOpen, match="SANDBOX_URL"):
            open_gateway(GatewaySettings("SANDBOX_", {"URL": "localhost:8090"}))

    def test_the_buyers_browser_may_find_it_elsewhere(self) -> None:
        with SandboxDouble() as double:
            settings = GatewaySettings("SANDBOX_", double.settings() | {"PAGE_URL": "http://127.0.0.1:2/sandbox/"})

            checkout = open_gateway(settings).create_checkout(checkout_request(), "co-1")

        assert checkout.redirect_url == f"http://127.0.0.1:2/sandbox/pay/{checkout.ref}"


class TestSending:
    def test_repeats_until_taken_and_lets_others_pass(self) -> None:
        with _Listener(500, 200, 200) as listener, WebhookSender(listener.url, "s", pauses_seconds=(0.3,)) as sender:
            sender.send("a", b"first")
            sender.send("b", b"second")
            wait_until(lambda: len(listener.received) == 3, "all have arrived", limit_s=5)

        assert [body for _, body in listener.received] == [b"first", b"second", b"first"]

    def test_stops_in_the_end(self, caplog: pytest.LogCaptureFixture) -> None:
        with _Listener(*[503] * 3) as listener, WebhookSender(listener.url, "s", pauses_seconds=(0, 0)) as sender:
            sender.send("checkout.paid", b"{}")
            wait_until(lambda: "is not sent any more" in caplog.text, "the sender has stopped", limit_s=5)

        assert len(listener.received) == 3

    def test_nobody_there_is_no_reason_to_die(self) -> None:
        with _Listener(200) as listener:
            url = listener.url
        with WebhookSender(url, "s", pauses_seconds=(0.2,) * 20) as sender:
            sender.send("a", b"early")
            with _Listener(200, port=int(url.rpartition(":")[2])) as listener:
                wait_until(lambda: len(listener.received) == 1, "it has arrived after all", limit_s=10)


class TestControls:
    def test_work_over_http(self) -> None:
        with SandboxDouble() as double:
            _, checkout = _open_checkout(double)

            def control(method: str, **arguments: object) -> object:
                return httpx.post(f"{double.url}/_control/{method}", json=arguments).raise_for_status().json()["result"]

            payment_ref = control("pay", checkout_ref=checkout.ref)
            control("hold_refunds", holds=True)
            refund_ref = control("refund_from_dashboard", payment_ref=payment_ref, minor=100)
            control("end_refund", refund_ref=refund_ref, succeeded=True)

            assert json.loads(json.dumps(control("books"))) == {"RUB": [29_900, 100]}
            assert control("count", operation="create_checkout") == 1
            assert httpx.post(f"{double.url}/_control/steal").status_code == 404


class _Listener:
    """A server that receives webhooks and gives the answers it was made with, then 200."""

    def __init__(self, *answers: int, port: int = 0) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        left = list(answers)
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(left.pop(0) if left else 200)
                self.send_header("content-length", "0")
                self.end_headers()
                received.append(({name.lower(): value for name, value in self.headers.items()}, body))

            def log_message(self, *_: object) -> None:
                """Quietly."""

        self._server = HTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "_Listener":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


def _open_checkout(double: SandboxDouble) -> tuple[Gateway, Checkout]:
    gateway = gateway_of(double)
    return gateway, gateway.create_checkout(checkout_request(), "co-1")


def _click(checkout: Checkout, action: str) -> httpx.Response:
    return httpx.post(f"{checkout.redirect_url}/{action}")


def _settings(listener: _Listener | None = None) -> GatewaySettings:
    return GatewaySettings("SANDBOX_", {"WEBHOOK_URL": listener.url} if listener else {})


def _gateway(url: str) -> Gateway:
    return open_gateway(GatewaySettings("SANDBOX_", {"URL": url}))


def _place(double: SandboxDouble) -> dict:
    return {"host": "127.0.0.1", "port": int(double.url.rpartition(":")[2])}
