"""Answers that are short, unexpected or new."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.gateway.errors import UnableToReach
from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefundStatus
from domain.money import Money
from gateways.paypal.adapter import PaypalGateway
from gateways.paypal.client import PaypalClient
from gateways.paypal.methods import buyer_email_of, fingerprint_of
from gateways.paypal.responses import payment_of_capture, payment_of_order, refund_of
from gateways.transport import Answer, Transport
from tests.doubles.paypal.double import CLIENT_ID, CLIENT_SECRET, PaypalDouble
from tests.gateways.paypal.samples import (
    a_key,
    charge_request,
    checkout_request,
    now,
    paid,
    refund_request,
    saved_token,
)

AMOUNT = {"currency_code": "USD", "value": "10.00"}
ORDER: dict[str, Any] = {"id": "5O19", "status": "CREATED", "purchase_units": [{"amount": AMOUNT, "custom_id": "o1"}]}
CAPTURE: dict[str, Any] = {"id": "3C67", "status": "COMPLETED", "amount": AMOUNT, "create_time": "2026-11-20T10:12:06Z"}
REFUND: dict[str, Any] = {
    "id": "1JU0",
    "status": "COMPLETED",
    "amount": AMOUNT,
    "links": [{"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/3C67"}],
}


class Terse(Transport):
    """A transport to a PayPal that never answers in full to what is posted."""

    def call(self, method: str, path: str, **rest: Any) -> Answer:
        """Make one call that does not ask for a full answer."""
        headers = {name: value for name, value in (rest.pop("headers", None) or {}).items() if name != "Prefer"}
        return super().call(method, path, headers=headers, **rest)


class TestReversedMoney:
    @pytest.mark.parametrize(
        ("status", "reversed_money"),
        [
            ("REVERSED", Money(1_000, "USD")),
            ("COMPLETED", Money(0, "USD")),
            ("PARTIALLY_REFUNDED", Money(0, "USD")),
            ("REFUNDED", None),
            ("PENDING", None),
        ],
    )
    def test_of_a_capture_without_its_order_is_said_where_it_is_sure(
        self, status: str, reversed_money: Money | None
    ) -> None:
        assert payment_of_capture(CAPTURE | {"status": status}, now=now()).reversed_money == reversed_money


class TestFingerprint:
    @pytest.mark.parametrize(
        ("body", "fingerprint"),
        [
            ({"payment_source": {"paypal": {"account_id": "QYR5Z8XDVJNXQ"}}}, "QYR5Z8XDVJNXQ"),
            ({"payment_source": {"paypal": {"payer_id": "VTR4JYK7STE7J"}}}, "VTR4JYK7STE7J"),
            ({"payment_source": {"card": {}}, "payer": {"payer_id": "QYR5Z8XDVJNXQ"}}, "QYR5Z8XDVJNXQ"),
            ({"payment_source": {"paypal": {"account_id": 5}}}, None),
            ({}, None),
        ],
    )
    def test_is_the_id_of_the_wallets_owner(self, body: dict[str, Any], fingerprint: str | None) -> None:
        assert fingerprint_of(body) == fingerprint

    def test_is_unknown_where_only_the_capture_is(self) -> None:
        assert payment_of_capture(CAPTURE, now=now()).fingerprint is None


class TestBuyerEmail:
    @pytest.mark.parametrize(
        ("order", "email"),
        [
            (
                {"payment_source": {"paypal": {"email_address": "a@b.c"}}, "payer": {"email_address": "old@b.c"}},
                "a@b.c",
            ),
            ({"payer": {"email_address": "old@b.c"}}, "old@b.c"),
            ({"payment_source": {"paypal": {"email_address": "nobody"}}}, None),
            ({}, None),
        ],
    )
    def test_is_that_of_the_wallet(self, order: dict[str, Any], email: str | None) -> None:
        assert buyer_email_of(order) == email


class TestShortAnswers:
    def test_are_completed_by_fetching(self, double: PaypalDouble) -> None:
        gateway = PaypalGateway(PaypalClient(Terse(double.url), CLIENT_ID, CLIENT_SECRET))

        payment = paid(gateway, double)
        charged = gateway.charge_saved_method(charge_request(saved_token(gateway, double)), a_key("ch"))
        request = refund_request(payment, 300)
        given = gateway.refund(request, a_key("rf"))

        assert (payment.status, charged.status) == (PaymentStatus.PAID, PaymentStatus.PAID)
        assert (given.status, given.refund_id) == (GatewayRefundStatus.SUCCEEDED, request.refund_id)
        assert gateway.create_checkout(checkout_request(), a_key()).redirect_url
        gateway.close()


class TestStatesOfOrders:
    @pytest.mark.parametrize(
        ("paypal_status", "status"),
        [
            ("CREATED", PaymentStatus.PENDING),
            ("SAVED", PaymentStatus.PENDING),
            ("PAYER_ACTION_REQUIRED", PaymentStatus.PENDING),
            ("APPROVED", PaymentStatus.APPROVED),
            ("COMPLETED", PaymentStatus.PENDING),  # without a capture no money has come
            ("VOIDED", PaymentStatus.EXPIRED),
        ],
    )
    def test_are_in_our_words(self, paypal_status: str, status: PaymentStatus) -> None:
        assert payment_of_order(ORDER | {"status": paypal_status}, now=now()).status is status

    @pytest.mark.parametrize(
        "change",
        [{"status": "NEW_ONE"}, {"status": None}, {"id": ""}, {"purchase_units": []}, {"purchase_units": [{}]}],
    )
    def test_are_unknown_when_they_cannot_be_understood(self, change: dict[str, Any]) -> None:
        with pytest.raises(UnableToReach):
            payment_of_order(ORDER | change, now=now())


class TestStatesOfCaptures:
    @pytest.mark.parametrize(
        ("paypal_status", "status", "refunded_minor"),
        [
            ("COMPLETED", PaymentStatus.PAID, 0),
            ("PARTIALLY_REFUNDED", PaymentStatus.PAID, 0),
            ("REFUNDED", PaymentStatus.PAID, 1000),
            ("REVERSED", PaymentStatus.PAID, 0),
            ("PENDING", PaymentStatus.PENDING, 0),
            ("DECLINED", PaymentStatus.FAILED, 0),
            ("DENIED", PaymentStatus.FAILED, 0),
            ("FAILED", PaymentStatus.FAILED, 0),
        ],
    )
    def test_are_in_our_words(self, paypal_status: str, status: PaymentStatus, refunded_minor: int) -> None:
        payment = payment_of_capture(CAPTURE | {"status": paypal_status}, now=now())

        assert (payment.status, payment.refunded.minor) == (status, refunded_minor)
        assert (payment.decline is not None) == (status is PaymentStatus.FAILED)

    def test_are_unknown_when_they_are_new(self) -> None:
        with pytest.raises(UnableToReach, match="NEW_ONE"):
            payment_of_capture(CAPTURE | {"status": "NEW_ONE"}, now=now())

    def test_of_one_order_count_by_the_one_that_brought_money(self) -> None:
        failed = CAPTURE | {"id": "3C66", "status": "DECLINED"}
        order = ORDER | {"purchase_units": [{"amount": AMOUNT, "payments": {"captures": [CAPTURE, failed]}}]}

        assert payment_of_order(order, now=now()).payment_ref == "3C67"
        assert payment_of_order(order, now=now(), capture_ref="3C66").status is PaymentStatus.FAILED

    def test_have_paypals_fee(self) -> None:
        breakdown = {"paypal_fee": {"currency_code": "USD", "value": "0.84"}}

        payment = payment_of_capture(CAPTURE | {"seller_receivable_breakdown": breakdown}, now=now())

        assert payment.fee == Money(84, "USD")
        assert payment_of_capture(CAPTURE, now=now()).fee is None

    def test_are_of_the_moment_when_the_money_came(self) -> None:
        payment = payment_of_capture(CAPTURE | {"update_time": "2026-12-01T00:00:00Z"}, now=now())

        assert payment.at == datetime(2026, 11, 20, 10, 12, 6, tzinfo=UTC)

    def test_have_the_reason_of_the_processor(self) -> None:
        capture = CAPTURE | {"status": "DECLINED", "processor_response": {"response_code": "5120"}}

        payment = payment_of_capture(capture, now=now())

        assert payment.decline is not None
        assert payment.decline.code == "5120"


class TestStatesOfRefunds:
    @pytest.mark.parametrize(
        ("paypal_status", "status"),
        [
            ("PENDING", GatewayRefundStatus.PENDING),
            ("COMPLETED", GatewayRefundStatus.SUCCEEDED),
            ("FAILED", GatewayRefundStatus.FAILED),
            ("CANCELLED", GatewayRefundStatus.FAILED),
        ],
    )
    def test_are_in_our_words(self, paypal_status: str, status: GatewayRefundStatus) -> None:
        given = refund_of(REFUND | {"status": paypal_status}, now=now())

        assert (given.status, given.payment_ref) == (status, "3C67")
        assert (given.failure == paypal_status) == (status is GatewayRefundStatus.FAILED)

    @pytest.mark.parametrize("change", [{"status": "NEW_ONE"}, {"links": []}, {"amount": None}])
    def test_are_unknown_when_they_cannot_be_understood(self, change: dict[str, Any]) -> None:
        with pytest.raises(UnableToReach):
            refund_of(REFUND | change, now=now())


class TestLabels:
    @pytest.mark.parametrize(
        ("email", "label"), [("anna@example.com", "PayPal a***@example.com"), (None, "PayPal"), ("@x", "PayPal")]
    )
    def test_show_only_a_part_of_the_address(self, email: str | None, label: str) -> None:
        vault = {"id": "3nqv", "status": "VAULTED", "customer": {"id": "2087"}}
        wallet = {"email_address": email, "attributes": {"vault": vault}}

        method = payment_of_order(ORDER | {"payment_source": {"paypal": wallet}}, now=now()).method

        assert method is not None
        assert (method.label, method.token, method.gateway_customer) == (label, "3nqv", "2087")
