"""The webhook endpoint: how much, from where, how often, and when it does not open."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

import asgi.body
import asgi.prompt_protocol
from boot.settings import UnableToStart
from broker.shared_publisher import SharedPublisher
from gateways.sandbox.signature import HEADER, sign
from gateways.sandbox.webhooks import SandboxWebhookReader
from relay.webhooks import create_app, serve
from tests.relay.webhook_endpoint import (
    SECRET,
    AddressReader,
    RecordingPublisher,
    RunningEndpoint,
    an_event,
    running_endpoint,
)

LIMIT = 1_000


class TestSize:
    def test_exactly_the_limit_is_taken_with_and_without_a_length(self) -> None:
        body = an_event(size=LIMIT)
        with running_endpoint(RecordingPublisher, max_body_bytes=LIMIT) as endpoint:
            headers = {HEADER: sign(SECRET, body, at=_now())}

            assert endpoint.post_signed(body).status_code == 200
            assert endpoint.post(_in_chunks(body), headers=headers).status_code == 200

    @pytest.mark.parametrize("size", [LIMIT + 1, 300_000])
    def test_more_is_refused_with_413_with_and_without_a_length(self, size: int) -> None:
        publisher, body = RecordingPublisher(), an_event(size=size)
        with running_endpoint(lambda: publisher, max_body_bytes=LIMIT) as endpoint:
            assert endpoint.post_signed(body).status_code == 413
            assert endpoint.post(_in_chunks(body), headers={HEADER: sign(SECRET, body, at=_now())}).status_code == 413
            assert endpoint.post_signed(an_event()).status_code == 200
        assert publisher.ids == ["sbx_evt_1"]

    def test_a_length_that_lies_is_found_out_by_the_server(self) -> None:
        with running_endpoint(RecordingPublisher, max_body_bytes=LIMIT) as endpoint:
            answer = _raw(endpoint, b"Content-Length: 999999999999\r\n\r\nabc", shuts=True)

        assert b"200 OK" not in answer

    def test_a_body_that_does_not_come_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(asgi.body, "BODY_SECONDS", 0.2)
        with running_endpoint(RecordingPublisher) as endpoint:
            answer = _raw(endpoint, b"Content-Length: 100\r\n\r\nabc")

        assert answer.startswith(b"HTTP/1.1 408 ")

    @pytest.mark.parametrize("is_used_before", [False, True])
    def test_a_head_that_comes_line_by_line_is_not_waited_for(
        self, monkeypatch: pytest.MonkeyPatch, *, is_used_before: bool
    ) -> None:
        monkeypatch.setattr(asgi.prompt_protocol, "HEAD_SECONDS", 0.5)
        with running_endpoint(RecordingPublisher) as endpoint:
            host, port = endpoint.url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=5) as speaker:
                if is_used_before:
                    speaker.sendall(b"GET /healthz HTTP/1.1\r\nHost: endpoint\r\n\r\n")
                    assert b"200 OK" in speaker.recv(65_536)
                speaker.sendall(b"POST /webhooks/sandbox HTTP/1.1\r\n")
                began_s, heard = time.monotonic(), b""
                while not heard.startswith(b"HTTP/1.1 408") and time.monotonic() - began_s < 4:
                    speaker.sendall(b"X-Line: 1\r\n")
                    speaker.settimeout(0.1)
                    with suppress(TimeoutError):
                        heard += speaker.recv(65_536)

            assert heard.startswith(b"HTTP/1.1 408 ")
            assert time.monotonic() - began_s < 2

    def test_a_connection_that_says_nothing_is_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(asgi.prompt_protocol, "HEAD_SECONDS", 0.3)
        with running_endpoint(RecordingPublisher) as endpoint:
            host, port = endpoint.url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=5) as speaker:
                assert speaker.recv(65_536).startswith(b"HTTP/1.1 408 ")
                assert speaker.recv(65_536) == b""

    def test_a_sender_who_goes_away_harms_nobody(self) -> None:
        publisher = RecordingPublisher()
        with running_endpoint(lambda: publisher) as endpoint:
            _raw(endpoint, b"Content-Length: 100\r\n\r\nabc", shuts=True)
            assert endpoint.post_signed(an_event()).status_code == 200
        assert publisher.ids == ["sbx_evt_1"]


class TestAddresses:
    def test_a_trusted_proxy_names_the_sender(self) -> None:
        publisher = RecordingPublisher()
        readers = {"byaddress": AddressReader("185.71.76.5")}
        with running_endpoint(lambda: publisher, readers, trusted_proxies=("127.0.0.0/8", "10.0.0.0/8")) as endpoint:

            def status(*forwarded: str) -> int:
                headers = [("X-Forwarded-For", one) for one in forwarded]
                return endpoint.post(b"p1", path="/webhooks/byaddress", headers=headers).status_code

            assert status("185.71.76.5") == 200
            assert status("203.0.113.9, 185.71.76.5, 10.1.1.1") == 200
            assert status("::ffff:185.71.76.5") == 200
            assert status("203.0.113.9", "185.71.76.5") == 200
            assert status("185.71.76.5, 203.0.113.9") == 403
            assert status("185.71.76.5", "203.0.113.9") == 403
            assert status("185.71.76.5, nonsense") == 403
            assert status() == 403
        assert len(publisher.ids) == 4

    def test_an_ipv4_address_that_arrives_as_ipv6_is_the_same_address(self) -> None:
        readers = {"byaddress": AddressReader("127.0.0.1")}
        with running_endpoint(RecordingPublisher, readers, host="::ffff:127.0.0.1") as endpoint:
            assert endpoint.post(b"p1", path="/webhooks/byaddress").status_code == 200

    def test_a_proxy_that_arrives_as_ipv6_is_trusted_all_the_same(self) -> None:
        readers = {"byaddress": AddressReader("185.71.76.5")}
        with running_endpoint(
            RecordingPublisher, readers, host="::ffff:127.0.0.1", trusted_proxies=("127.0.0.1",)
        ) as endpoint:
            headers = {"X-Forwarded-For": "185.71.76.5"}
            assert endpoint.post(b"p1", path="/webhooks/byaddress", headers=headers).status_code == 200


class TestRate:
    def test_who_comes_too_often_learns_when_to_come_again_and_others_are_served(self) -> None:
        with running_endpoint(RecordingPublisher, requests_per_second=1, trusted_proxies=("127.0.0.1",)) as endpoint:

            def from_address(address: str) -> httpx.Response:
                return endpoint.post(b"forged", headers={"X-Forwarded-For": address})

            first, second, other = (from_address(f"203.0.113.{n}") for n in (7, 7, 8))

        assert [first.status_code, second.status_code, other.status_code] == [400, 429, 400]
        assert second.headers["retry-after"] == "1"

    def test_health_is_not_counted(self) -> None:
        with running_endpoint(RecordingPublisher, requests_per_second=1) as endpoint:
            assert {httpx.get(f"{endpoint.url}/healthz").status_code for _ in range(20)} == {200}


class TestStart:
    def test_is_refused_without_readers(self) -> None:
        with pytest.raises(UnableToStart, match="no gateway"):
            create_app({}, SharedPublisher(RecordingPublisher))

    @pytest.mark.parametrize("path_secret", ["", "short", "with a space in it", "with/a/slash/in/it"])
    def test_is_refused_with_a_secret_that_is_none(self, path_secret: str) -> None:
        with pytest.raises(UnableToStart, match="secret") as refused:
            create_app(
                {"sandbox": SandboxWebhookReader(SECRET)}, SharedPublisher(RecordingPublisher), path_secret=path_secret
            )
        assert not path_secret or path_secret not in str(refused.value)

    @pytest.mark.parametrize("network", ["", "10.0.0.0/33", "10.0.0.1/8", "localhost"])
    def test_is_refused_with_a_proxy_that_is_no_network(self, network: str) -> None:
        with pytest.raises(UnableToStart, match="trusted proxy"):
            create_app(
                {"sandbox": SandboxWebhookReader(SECRET)},
                SharedPublisher(RecordingPublisher),
                trusted_proxies=(network,),
            )

    def test_is_refused_at_an_address_in_use(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other, SharedPublisher(RecordingPublisher) as publishing:
            app = create_app({"sandbox": SandboxWebhookReader(SECRET)}, publishing)

            with pytest.raises(UnableToStart, match="listen"):
                serve(app, publishing, host="127.0.0.1", port=other.getsockname()[1], stopping=threading.Event())


PATH_SECRET = "a-secret-of-the-path"


def _now() -> int:
    return int(time.time())


def _in_chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 400):
        yield body[start : start + 400]


def _raw(endpoint: RunningEndpoint, rest: bytes, *, shuts: bool = False) -> bytes:
    """Speak to the endpoint without a library, and return all that it says before it hangs up."""
    host, port = endpoint.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as speaker:
        speaker.sendall(b"POST /webhooks/sandbox HTTP/1.1\r\nHost: endpoint\r\n" + rest)
        if shuts:
            speaker.shutdown(socket.SHUT_WR)
        heard = b""
        while more := speaker.recv(65_536):
            heard += more
        return heard
