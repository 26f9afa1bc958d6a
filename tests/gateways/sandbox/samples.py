"""Requests that the tests make, and what comes of them."""

from domain.gateway.payment import GatewayPayment, SavedMethod
from domain.gateway.port import Gateway
from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest
from domain.money import Money
from gateways.sandbox import open_gateway
from gateways.settings import GatewaySettings
from tests.doubles.sandbox.double import SandboxDouble

BUYER = Buyer("account-1", email="buyer@example.com", locale="en")
PRICE = Money(29_900, "RUB")


def gateway_of(double: SandboxDouble) -> Gateway:
    """Open the gateway as the product does, from settings."""
    return open_gateway(GatewaySettings("SANDBOX_", double.settings()))


def checkout_request(*, price: Money = PRICE, saves_method: bool = False, locale: str | None = "en") -> CheckoutRequest:
    """A purchase of a title that HTML must not take at its word."""
    return CheckoutRequest(
        order_id="order-1",
        price=price,
        title="60 minutes <b>& more</b>",
        buyer=Buyer("account-1", email="buyer@example.com", locale=locale),
        return_url="http://127.0.0.1:1/back?order=1&x=2",
        cancel_url="http://127.0.0.1:1/cancelled",
        saves_method=saves_method,
    )


def refund_request(
    payment_ref: str, minor: int, *, currency: str = "RUB", refund_id: str = "refund-1"
) -> RefundRequest:
    """A refund of a part."""
    return RefundRequest(refund_id, payment_ref, Money(minor, currency), is_full=False, title="60 minutes", buyer=BUYER)


def charge_request(method: SavedMethod, *, attempt: int = 1) -> ChargeRequest:
    """A renewal."""
    return ChargeRequest("order-2", attempt, PRICE, "60 minutes", BUYER, method)


def paid(double: SandboxDouble, gateway: Gateway, *, saves_method: bool = False, key: str = "co-1") -> GatewayPayment:
    """A payment that was made."""
    checkout = gateway.create_checkout(checkout_request(saves_method=saves_method), key)
    return gateway.fetch_payment(double.pay(checkout.ref))
