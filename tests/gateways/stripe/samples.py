"""Requests that the tests make, and what comes of them."""

from collections.abc import Mapping

from domain.gateway.payment import GatewayPayment, SavedMethod
from domain.gateway.port import Gateway
from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from domain.gateway.webhook import WebhookReader
from domain.money import Money
from gateways.settings import GatewaySettings
from gateways.stripe import open_gateway, open_webhook_reader
from tests.doubles.delivery import Webhook
from tests.doubles.stripe.double import StripeDouble

BUYER = Buyer("account-1", "buyer@example.com", None, "ru")
PRICE = Money(29900, "RUB")


def gateway_at(double: StripeDouble) -> Gateway:
    """Open the adapter towards a double."""
    return open_gateway(GatewaySettings("STRIPE_", double.settings()))


def reader_of(double: StripeDouble) -> WebhookReader:
    """Open the reader for the webhooks of a double."""
    return open_webhook_reader(GatewaySettings("STRIPE_", double.settings()))


def checkout_request(
    *, price: Money = PRICE, saves_method: bool = False, buyer: Buyer = BUYER, order: str = "o1"
) -> CheckoutRequest:
    """Return a checkout to open."""
    back, away = "https://shop.example/back", "https://shop.example/away"
    return CheckoutRequest(order, price, "60 minutes", buyer, back, away, saves_method)


def setup_request(number: int = 1) -> SetupRequest:
    """Return a page to open that saves a method."""
    return SetupRequest(f"s{number}", "RUB", BUYER, "https://shop.example/back", "https://shop.example/away")


def charge_request(
    method: SavedMethod | None, *, attempt: int = 1, price: Money = PRICE, order: str = "o2"
) -> ChargeRequest:
    """Return a charge of a saved method."""
    assert method is not None
    return ChargeRequest(order, attempt, price, "60 minutes, renewed", BUYER, method)


def refund_request(
    payment_ref: str | None, minor: int, *, refund_id: str = "r1", currency: str = "RUB"
) -> RefundRequest:
    """Return a refund to ask for."""
    assert payment_ref is not None
    return RefundRequest(refund_id, payment_ref, Money(minor, currency), False, "60 minutes", BUYER)


def paid(gateway: Gateway, double: StripeDouble, **more: object) -> GatewayPayment:
    """Let a buyer buy; return the payment."""
    checkout = gateway.create_checkout(checkout_request(**more), f"co-{more.get('order', 'o1')}")  # type: ignore[arg-type]
    double.pay(checkout.ref)
    return gateway.fetch_payment(checkout.ref)


def saved_method(gateway: Gateway, double: StripeDouble) -> SavedMethod:
    """Let a buyer buy and save the card; return it."""
    method = paid(gateway, double, saves_method=True).method
    assert method is not None
    return method


def lowered(webhook: Webhook) -> Mapping[str, str]:
    """Return the headers as a reader takes them."""
    return {name.lower(): value for name, value in webhook.headers.items()}
