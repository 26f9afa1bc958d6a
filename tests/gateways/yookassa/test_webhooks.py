"""Notifications: believed for where they come from, and then only that something has changed."""

import json
from typing import Any

import pytest

from domain.gateway.errors import ForeignAddress, Unverified
from domain.gateway.webhook import Hint, Subject, WebhookReader
from gateways.settings import GatewaySettings
from gateways.yookassa import open_webhook_reader
from gateways.yookassa.adapter import YooKassaGateway
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.yookassa.samples import a_key, paid, refund_request

ID = "2203aa1d-000f-5000-8000-17102541fd31"
LISTED = "185.71.76.5"


@pytest.fixture
def reader() -> WebhookReader:
    """A reader with the networks that YooKassa publishes."""
    return open_webhook_reader(GatewaySettings("YOOKASSA_", {}))


def notification(event: str = "payment.succeeded", ref: Any = ID, **changes: Any) -> bytes:
    """Return the bytes of a notification."""
    return json.dumps({"type": "notification", "event": event, "object": {"id": ref}} | changes).encode()


class TestANotification:
    @pytest.mark.parametrize(
        ("event", "subject"),
        [
            ("payment.succeeded", Subject.PAYMENT),
            ("payment.canceled", Subject.PAYMENT),
            ("payment.waiting_for_capture", Subject.PAYMENT),
            ("refund.succeeded", Subject.REFUND),
            ("refund.canceled", Subject.REFUND),
            ("payment_method.active", Subject.METHOD),
        ],
    )
    def test_is_a_hint_about_its_object(self, reader: WebhookReader, event: str, subject: Subject) -> None:
        hint = reader.read({}, notification(event), LISTED)

        assert hint == Hint("yookassa", f"{event}:{ID}", subject, ID, event, is_signed=False)
        assert len(hint.dedupe_key) <= 128

    @pytest.mark.parametrize("event", ["deal.closed", "payout.succeeded", "something.new"])
    def test_of_a_kind_that_is_nothing_to_us_is_none(self, reader: WebhookReader, event: str) -> None:
        assert reader.read({}, notification(event), LISTED) is None

    def test_has_one_dedupe_key_however_it_is_written(self, reader: WebhookReader) -> None:
        """There is no signature over the bytes, so re-serialised ones are the same notification."""
        plain = notification()
        spaced = json.dumps(json.loads(plain), indent=2).encode()

        assert reader.read({}, plain, LISTED) == reader.read({}, spaced, LISTED)

    def test_altered_can_only_point_to_another_object(self, reader: WebhookReader) -> None:
        """Money and state in it are not even read."""
        altered = {"id": ID, "status": "succeeded", "amount": {"value": "1000000.00", "currency": "RUB"}}

        assert reader.read({}, notification(object=altered), LISTED) == reader.read({}, notification(), LISTED)


class TestThePeer:
    @pytest.mark.parametrize(
        "peer",
        [
            "185.71.76.0",
            "185.71.76.31",
            "185.71.77.1",
            "77.75.153.127",
            "77.75.154.128",
            "77.75.156.11",
            "77.75.156.35",
            "2a02:5180::1",
            "2a02:5180:0:1509::7",
            "::ffff:185.71.76.5",
        ],
    )
    def test_of_yookassa_is_believed(self, reader: WebhookReader, peer: str) -> None:
        assert reader.read({}, notification(), peer) is not None

    @pytest.mark.parametrize(
        "peer",
        [
            "185.71.76.32",
            "77.75.153.128",
            "77.75.154.127",
            "77.75.156.12",
            "2a02:5181::1",
            "::ffff:8.8.8.8",
            "::185.71.76.5",
            "127.0.0.1",
            "",
            "unknown",
            "185.71.76.5, 8.8.8.8",
            "185.71.076.5",
        ],
    )
    def test_of_anybody_else_is_not(self, reader: WebhookReader, peer: str) -> None:
        with pytest.raises(ForeignAddress):
            reader.read({}, notification(), peer)

    def test_is_not_taken_from_headers(self, reader: WebhookReader) -> None:
        headers = {"x-forwarded-for": LISTED, "x-real-ip": LISTED, "x-yookassa-signature": "v1"}

        with pytest.raises(ForeignAddress):
            reader.read(headers, notification(), "203.0.113.9")

    def test_comes_before_the_body(self, reader: WebhookReader) -> None:
        with pytest.raises(ForeignAddress):
            reader.read({}, b"\xff", "203.0.113.9")

    def test_is_of_the_networks_that_are_set(self) -> None:
        reader = open_webhook_reader(GatewaySettings("YOOKASSA_", {"NETWORKS": "10.1.0.0/16, 192.0.2.7"}))

        assert reader.read({}, notification(), "10.1.2.3")
        assert reader.read({}, notification(), "192.0.2.7")
        with pytest.raises(ForeignAddress):
            reader.read({}, notification(), LISTED)


class TestABodyThatIsNone:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\xff\xfe",
            b"{",
            b"[" * 100_000,
            b"null",
            b"[]",
            b'"payment.succeeded"',
            notification(type="event"),
            notification(event="payment"),
            notification(event="payment.succeeded\n"),
            notification(event="payment." + "a" * 31),
            notification(object=None),
            notification(object=[]),
            notification(object={}),
            notification(ref=7),
            notification(ref=""),
            notification(ref="../refunds/1"),
            notification(ref="a" * 65),
            notification(ref="ё"),
            b'{"type": "notification", "event": 7, "object": {"id": "x"}}',
        ],
    )
    def test_is_not_verified(self, reader: WebhookReader, body: bytes) -> None:
        with pytest.raises(Unverified) as unverified:
            reader.read({}, body, LISTED)

        assert not isinstance(unverified.value, ForeignAddress)


class TestWhatTheShopSends:
    def test_is_read_as_what_happened(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        own_reader = open_webhook_reader(GatewaySettings("YOOKASSA_", double.settings()))
        payment = paid(double, gateway)
        refunds = [
            gateway.refund(refund_request(payment, 5_000), a_key("rf")).ref,
            double.refund_from_dashboard(payment.payment_ref or "", 5_000),
        ]

        hints = [own_reader.read(sent.headers, sent.body, "127.0.0.1") for sent in double.deliveries.sent]

        announced = [(hint.subject, hint.ref) for hint in hints if hint]
        assert announced == [(Subject.PAYMENT, payment.payment_ref), *((Subject.REFUND, ref) for ref in refunds)]
        assert len({hint.dedupe_key for hint in hints if hint}) == 3
