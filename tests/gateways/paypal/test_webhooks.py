"""Webhooks: what is believed, and what they are about."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.gateway.errors import Unverified
from domain.gateway.webhook import Hint, Subject, WebhookReader
from gateways.paypal import open_webhook_reader
from gateways.paypal.adapter import PaypalGateway
from gateways.settings import GatewaySettings
from tests.doubles.delivery import Webhook
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.paypal.signing import new_signer
from tests.gateways.paypal.samples import a_key, checkout_request, paid, refund_request

PEER = "173.0.81.1"


@pytest.fixture(scope="module")
def signing() -> Iterator[PaypalDouble]:
    """Return a double that signs and serves its certificate."""
    with PaypalDouble() as double:
        yield double


@pytest.fixture(scope="module")
def reader(signing: PaypalDouble) -> WebhookReader:
    """Return a reader as an installation opens it; it fetches the certificate over HTTP."""
    return open_webhook_reader(GatewaySettings("PAYPAL_", signing.settings()))


def event(event_type: str = "PAYMENT.CAPTURE.COMPLETED", **resource: Any) -> dict[str, Any]:
    """Return an event about a resource."""
    return {"id": "WH-1-2", "event_type": event_type, "resource": resource or {"id": "3C679366HH908993F"}}


def read(reader: WebhookReader, webhook: Webhook) -> Hint | None:
    """Read a webhook as it came."""
    return reader.read(webhook.headers, webhook.body, PEER)


class TestBelieving:
    def test_takes_what_paypal_signed(self, reader: WebhookReader, signing: PaypalDouble) -> None:
        hint = read(reader, signing.webhook(event()))

        assert hint == Hint(
            "paypal", "WH-1-2", Subject.PAYMENT, "3C679366HH908993F", "PAYMENT.CAPTURE.COMPLETED", is_signed=True
        )

    def test_refuses_an_altered_body(self, reader: WebhookReader, signing: PaypalDouble) -> None:
        webhook = signing.webhook(event())

        with pytest.raises(Unverified, match="does not fit"):
            reader.read(webhook.headers, webhook.body.replace(b"3C6", b"3C7"), PEER)

    def test_refuses_a_body_that_was_serialised_again(self, reader: WebhookReader, signing: PaypalDouble) -> None:
        webhook = signing.webhook(event())
        rewritten = json.dumps(json.loads(webhook.body)).encode()
        assert json.loads(rewritten) == json.loads(webhook.body)

        with pytest.raises(Unverified, match="does not fit"):
            reader.read(webhook.headers, rewritten, PEER)

    def test_refuses_a_signature_by_another_key(self, reader: WebhookReader, signing: PaypalDouble) -> None:
        body = signing.webhook(event()).body
        forged = new_signer().headers(body, signing.webhook_id, address=signing.signer.address)

        with pytest.raises(Unverified, match="does not fit"):
            reader.read(forged, body, PEER)

    def test_refuses_what_is_meant_for_another_webhook(self, reader: WebhookReader, signing: PaypalDouble) -> None:
        body = signing.webhook(event()).body

        with pytest.raises(Unverified, match="does not fit"):
            reader.read(signing.signer.headers(body, "8PT597110X687430L"), body, PEER)

    @pytest.mark.parametrize("header", ["paypal-transmission-id", "paypal-transmission-time"])
    def test_refuses_a_header_that_was_changed(self, reader: WebhookReader, signing: PaypalDouble, header: str) -> None:
        webhook = signing.webhook(event())
        other = signing.webhook(event(), sent_at=datetime.now(UTC) - timedelta(hours=1))

        with pytest.raises(Unverified, match="does not fit"):
            reader.read(webhook.headers | {header: other.headers[header]}, webhook.body, PEER)

    @pytest.mark.parametrize(
        "header",
        [
            "paypal-transmission-id",
            "paypal-transmission-time",
            "paypal-transmission-sig",
            "paypal-cert-url",
            "paypal-auth-algo",
        ],
    )
    @pytest.mark.parametrize("is_empty", [True, False])
    def test_refuses_a_missing_header(
        self, reader: WebhookReader, signing: PaypalDouble, header: str, is_empty: bool
    ) -> None:
        webhook = signing.webhook(event())
        headers = {name: value for name, value in webhook.headers.items() if name != header}

        with pytest.raises(Unverified, match=header.upper()):
            reader.read(headers | ({header: ""} if is_empty else {}), webhook.body, PEER)

    @pytest.mark.parametrize("algorithm", ["SHA1withRSA", "sha256withrsa", "none", "SHA256withRSA "])
    def test_refuses_any_other_algorithm(self, reader: WebhookReader, signing: PaypalDouble, algorithm: str) -> None:
        body = signing.webhook(event()).body

        with pytest.raises(Unverified, match="PAYPAL-AUTH-ALGO"):
            reader.read(signing.signer.headers(body, signing.webhook_id, algorithm=algorithm), body, PEER)

    @pytest.mark.parametrize("signature", ["AAAA", "not base64!", "ä"])
    def test_refuses_a_signature_that_is_none(
        self, reader: WebhookReader, signing: PaypalDouble, signature: str
    ) -> None:
        webhook = signing.webhook(event())

        with pytest.raises(Unverified):
            reader.read(webhook.headers | {"paypal-transmission-sig": signature}, webhook.body, PEER)

    @pytest.mark.parametrize(
        "age", [timedelta(0), timedelta(days=3, hours=12), timedelta(minutes=-4)], ids=["now", "last try", "fast clock"]
    )
    def test_takes_late_tries(self, reader: WebhookReader, signing: PaypalDouble, age: timedelta) -> None:
        assert read(reader, signing.webhook(event(), sent_at=datetime.now(UTC) - age)) is not None

    @pytest.mark.parametrize(
        ("age", "why"), [(timedelta(days=4, minutes=1), "older"), (timedelta(minutes=-6), "future")]
    )
    def test_refuses_other_times(self, reader: WebhookReader, signing: PaypalDouble, age: timedelta, why: str) -> None:
        with pytest.raises(Unverified, match=why):
            read(reader, signing.webhook(event(), sent_at=datetime.now(UTC) - age))

    @pytest.mark.parametrize("time", ["yesterday", "2026-01-01T00:00:00"])
    def test_refuses_a_time_that_is_none(self, reader: WebhookReader, signing: PaypalDouble, time: str) -> None:
        webhook = signing.webhook(event())

        with pytest.raises(Unverified, match="PAYPAL-TRANSMISSION-TIME"):
            reader.read(webhook.headers | {"paypal-transmission-time": time}, webhook.body, PEER)

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
    def test_refuses_what_is_no_event_although_it_is_signed(
        self, reader: WebhookReader, signing: PaypalDouble, body: bytes
    ) -> None:
        with pytest.raises(Unverified):
            reader.read(signing.signer.headers(body, signing.webhook_id), body, PEER)

    @pytest.mark.parametrize(
        "change",
        [{"id": ""}, {"id": None}, {"id": "W" * 129}, {"resource": {}}, {"resource": None}, {"resource": {"id": 1}}],
    )
    def test_refuses_an_event_that_names_nothing(
        self, reader: WebhookReader, signing: PaypalDouble, change: dict[str, Any]
    ) -> None:
        with pytest.raises(Unverified, match="does not name"):
            read(reader, signing.webhook(event() | change))


class TestSubjects:
    @pytest.mark.parametrize(
        ("event_type", "resource", "subject", "ref"),
        [
            ("CHECKOUT.ORDER.APPROVED", {"id": "5O19"}, Subject.CHECKOUT, "5O19"),
            ("CHECKOUT.ORDER.COMPLETED", {"id": "5O19"}, Subject.CHECKOUT, "5O19"),
            ("CHECKOUT.PAYMENT-APPROVAL.REVERSED", {"order_id": "5O19"}, Subject.CHECKOUT, "5O19"),
            ("PAYMENT.CAPTURE.COMPLETED", {"id": "3C67"}, Subject.PAYMENT, "3C67"),
            ("PAYMENT.CAPTURE.PENDING", {"id": "3C67"}, Subject.PAYMENT, "3C67"),
            ("PAYMENT.CAPTURE.DENIED", {"id": "3C67"}, Subject.PAYMENT, "3C67"),
            ("PAYMENT.CAPTURE.DECLINED", {"id": "3C67"}, Subject.PAYMENT, "3C67"),
            ("PAYMENT.CAPTURE.REVERSED", {"id": "3C67"}, Subject.PAYMENT, "3C67"),
            (
                "PAYMENT.CAPTURE.REVERSED",
                {"id": "1JU0", "links": [{"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/3C67"}]},
                Subject.PAYMENT,
                "3C67",
            ),
            (
                "PAYMENT.CAPTURE.COMPLETED",
                {"id": "3C67", "links": [{"rel": "up", "href": "https://api.paypal.com/v2/checkout/orders/5O19"}]},
                Subject.PAYMENT,
                "3C67",
            ),
            ("PAYMENT.CAPTURE.REFUNDED", {"id": "1JU0"}, Subject.REFUND, "1JU0"),
            ("PAYMENT.REFUND.PENDING", {"id": "1JU0"}, Subject.REFUND, "1JU0"),
            ("PAYMENT.REFUND.FAILED", {"id": "1JU0"}, Subject.REFUND, "1JU0"),
            ("CUSTOMER.DISPUTE.CREATED", {"dispute_id": "PP-D-1"}, Subject.DISPUTE, "PP-D-1"),
            ("CUSTOMER.DISPUTE.RESOLVED", {"dispute_id": "PP-D-1"}, Subject.DISPUTE, "PP-D-1"),
            ("VAULT.PAYMENT-TOKEN.CREATED", {"id": "3nqv"}, Subject.METHOD, "3nqv"),
            (
                "VAULT.PAYMENT-TOKEN.CREATED",
                {"id": "3nqv", "metadata": {"order_id": "5O19"}},
                Subject.CHECKOUT,
                "5O19",
            ),
            ("VAULT.PAYMENT-TOKEN.CREATED", {"id": "3nqv", "metadata": "5O19"}, Subject.METHOD, "3nqv"),
            (
                "VAULT.PAYMENT-TOKEN.DELETED",
                {"id": "3nqv", "metadata": {"order_id": "5O19"}},
                Subject.METHOD,
                "3nqv",
            ),
        ],
    )
    def test_follow_from_the_type_of_event(
        self,
        reader: WebhookReader,
        signing: PaypalDouble,
        event_type: str,
        resource: dict[str, Any],
        subject: Subject,
        ref: str,
    ) -> None:
        hint = read(reader, signing.webhook(event(event_type, **resource)))

        assert hint is not None
        assert (hint.subject, hint.ref, hint.event) == (subject, ref, event_type)

    @pytest.mark.parametrize(
        "event_type", ["PAYMENT.SALE.COMPLETED", "BILLING.PLAN.CREATED", "PAYMENT.CAPTURE.SOMETHING", ""]
    )
    def test_are_none_for_other_kinds(self, reader: WebhookReader, signing: PaypalDouble, event_type: str) -> None:
        assert read(reader, signing.webhook(event(event_type))) is None

    def test_fit_all_that_the_double_sends(
        self, gateway: PaypalGateway, double: PaypalDouble, reader: WebhookReader
    ) -> None:
        checkout = gateway.create_checkout(checkout_request(saves_method=True), a_key())
        double.pay(checkout.ref)
        payment = gateway.complete_checkout(checkout.ref, a_key("cp"))
        assert payment.payment_ref is not None
        assert payment.method is not None
        given = gateway.refund(refund_request(payment, 300), a_key("rf"))
        dispute_ref = double.open_dispute(payment.payment_ref)

        hints = [read(reader, webhook) for webhook in double.deliveries.sent]

        assert [(hint.subject, hint.ref) for hint in hints if hint] == [
            (Subject.CHECKOUT, checkout.ref),
            (Subject.PAYMENT, payment.payment_ref),
            (Subject.CHECKOUT, checkout.ref),  # where the saved method is read
            (Subject.REFUND, given.ref),
            (Subject.DISPUTE, dispute_ref),
        ]
        assert len({hint.dedupe_key for hint in hints if hint}) == 5

    def test_lead_to_what_can_be_fetched(
        self, gateway: PaypalGateway, double: PaypalDouble, reader: WebhookReader
    ) -> None:
        payment = paid(gateway, double)
        hint = read(reader, double.deliveries.sent[-1])

        assert hint is not None
        assert gateway.fetch_payment(hint.ref) == payment
