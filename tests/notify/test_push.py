"""Web push: to a real endpoint that decrypts what it gets and verifies who has sent it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notify.errors import AddressGone, DeliveryDelayed, DeliveryRefused
from notify.push import PushChannel, Target, WrongPushSettings, checked_contact, checked_endpoint, read_private_key
from tests.doubles.push_service import CONTACT, Browser, PushServiceDouble, b64, new_private_key, serve_push

KEY = new_private_key()
HOSTS = ("127.0.0.1", "fcm.googleapis.com", "*.push.services.mozilla.com")


@pytest.fixture
def service() -> Iterator[PushServiceDouble]:
    """A push service."""
    with serve_push() as double:
        yield double


@pytest.fixture
def channel() -> PushChannel:
    """Our side."""
    return PushChannel(private_key=KEY, contact=CONTACT, hosts=HOSTS)


def target(service: PushServiceDouble, browser: Browser) -> Target:
    """Where a browser is reached."""
    return Target(service.url + browser.path, **browser.keys)


class TestPush:
    def test_is_decrypted_by_its_browser_alone_and_says_who_sent_it(
        self, service: PushServiceDouble, channel: PushChannel
    ) -> None:
        browser, other = service.subscribe(), service.subscribe()

        channel.send('{"title": "Остался час"}'.encode(), target(service, browser), topic="topic-1")

        assert service.faults == []
        assert browser.received == [{"title": "Остался час"}]
        assert other.received == []
        [claims] = service.claims
        assert claims["sub"] == CONTACT
        assert claims["k"] == channel.public_key
        assert 0 < claims["exp"] - time.time() <= 24 * 3_600
        assert service.requests[0]["topic"] == "topic-1"

    @pytest.mark.parametrize("status", [404, 410])
    def test_to_a_browser_that_has_unsubscribed_is_gone(
        self, service: PushServiceDouble, channel: PushChannel, status: int
    ) -> None:
        service.status = status

        with pytest.raises(AddressGone, match=str(status)):
            channel.send(b"{}", target(service, service.subscribe()), topic="t")

    @pytest.mark.parametrize(
        ("status", "retry_after", "pause"),
        [
            (429, "120", timedelta(minutes=2)),
            (429, "soon", None),
            (429, "0", None),
            (429, "9" * 5_000, None),
            (429, "Wed, 25 Nov 2026 12:00:00 GMT", None),
            (500, None, None),
            (503, "9" * 9, timedelta(days=1)),
        ],
    )
    def test_to_a_service_without_time_comes_later(
        self,
        service: PushServiceDouble,
        channel: PushChannel,
        status: int,
        retry_after: str | None,
        pause: timedelta | None,
    ) -> None:
        service.status = status
        service.headers = {} if retry_after is None else {"Retry-After": retry_after}

        with pytest.raises(DeliveryDelayed, match=str(status)) as raised:
            channel.send(b"{}", target(service, service.subscribe()), topic="t")

        assert raised.value.at_least == pause

    @pytest.mark.parametrize("status", [301, 400, 403, 413])
    def test_that_the_service_refuses_is_refused_and_no_redirect_is_followed(
        self, service: PushServiceDouble, channel: PushChannel, status: int
    ) -> None:
        service.status = status
        service.headers = {"Location": f"{service.url}/elsewhere"}

        with pytest.raises(DeliveryRefused, match=str(status)):
            channel.send(b"{}", target(service, service.subscribe()), topic="t")

        assert len(service.requests) == 1

    def test_to_a_service_that_is_down_comes_later(self, channel: PushChannel) -> None:
        with serve_push() as service:
            gone = target(service, service.subscribe())

        with pytest.raises(DeliveryDelayed, match="no answer"):
            channel.send(b"{}", gone, topic="t")

    def test_to_a_service_that_answers_in_drops_ends_at_the_deadline(self, channel: PushChannel) -> None:
        channel.deadline_s = 0.3
        with closing(socket.create_server(("127.0.0.1", 0))) as server:

            def drip() -> None:
                line, _ = server.accept()
                try:
                    while True:
                        line.sendall(b"H")
                        time.sleep(0.02)
                except OSError:
                    line.close()

            threading.Thread(target=drip, daemon=True).start()
            browser = Browser(1)
            where = Target(f"http://127.0.0.1:{server.getsockname()[1]}/", **browser.keys)

            with pytest.raises(DeliveryDelayed):
                channel.send(b"{}", where, topic="t")

    @pytest.mark.parametrize(
        "keys",
        [
            {"p256dh": "", "auth": b64(b"a" * 16)},
            {"p256dh": "A" * 87, "auth": b64(b"a" * 16)},
            {"p256dh": Browser(1).keys["p256dh"], "auth": "AA"},
            {"p256dh": "нет", "auth": "нет"},
        ],
    )
    def test_with_keys_that_are_none_is_gone(
        self, service: PushServiceDouble, channel: PushChannel, keys: dict[str, str]
    ) -> None:
        with pytest.raises(AddressGone, match="keys"):
            channel.send(b"{}", Target(f"{service.url}/push/1", **keys), topic="t")

        assert service.requests == []


class TestEndpoint:
    @pytest.mark.parametrize(
        ("endpoint", "origin"),
        [
            ("https://fcm.googleapis.com/fcm/send/abc:def", "https://fcm.googleapis.com"),
            ("https://updates.push.services.mozilla.com/wpush/v2/x?y=1", "https://updates.push.services.mozilla.com"),
            ("https://FCM.googleapis.com:443/fcm/send/abc", "https://fcm.googleapis.com"),
            ("https://fcm.googleapis.com:8443/fcm/send/abc", "https://fcm.googleapis.com:8443"),
            ("https://xn--e1afmkfd.push.services.mozilla.com/x", "https://xn--e1afmkfd.push.services.mozilla.com"),
            ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ],
    )
    def test_of_a_service_is_taken(self, endpoint: str, origin: str) -> None:
        assert checked_endpoint(endpoint, HOSTS).origin == origin

    @pytest.mark.parametrize(
        "endpoint",
        [
            "https://169.254.169.254/latest/meta-data",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evil.example/fcm.googleapis.com",
            "https://user@fcm.googleapis.com/x",
            "http://fcm.googleapis.com/x",
            "https://push.services.mozilla.com.evil.example/",
            "file:///etc/passwd",
            "https://[::1",
            "https://fcm.googleapis.com:0/x",
            "https://a..push.services.mozilla.com/x",
            f"https://{'a' * 64}.push.services.mozilla.com/x",
            f"https://{'a.' * 130}push.services.mozilla.com/x",
            "https://[::1%.push.services.mozilla.com]/x",
            "http://[::1%.push.services.mozilla.com]/x",
            "https://evil.example\\.push.services.mozilla.com/x",
            "https://пуш.push.services.mozilla.com/x",
            "https://fcm.googleapis.com/a b",
            "https://fcm.googleapis.com/a\r\nHost: evil",
            "",
        ],
    )
    def test_that_leads_elsewhere_is_refused(self, endpoint: str) -> None:
        with pytest.raises(AddressGone):
            checked_endpoint(endpoint, HOSTS)


class TestSettings:
    def test_take_a_key_in_pem_and_in_base64(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        der = b64(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        raw = b64(key.private_numbers().private_value.to_bytes(32, "big"))

        publics = {
            read_private_key(text).public_key.public_numbers().x for text in (pem, pem.replace("\n", "\\n"), der, raw)
        }

        assert publics == {key.public_key().public_numbers().x}

    @pytest.mark.parametrize("key", ["", "AAAA", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "нет"])
    def test_refuse_what_is_no_key(self, key: str) -> None:
        with pytest.raises(WrongPushSettings, match="VAPID_PRIVATE_KEY"):
            read_private_key(key)

    @pytest.mark.parametrize("contact", ["mailto:push@screph.app", "https://screph.app/contact"])
    def test_take_a_contact(self, contact: str) -> None:
        assert checked_contact(contact) == contact

    @pytest.mark.parametrize(
        "contact",
        [
            "",
            "push@screph.app",
            "mailto:",
            "mailto:@screph.app",
            "mailto:root@localhost",
            "mailto:you@example.com",
            "http://screph.app",
            "https://localhost/contact",
            "mailto:a b@screph.app",
        ],
    )
    def test_refuse_a_contact_by_which_nobody_is_reached(self, contact: str) -> None:
        with pytest.raises(WrongPushSettings, match="VAPID_CONTACT"):
            checked_contact(contact)
