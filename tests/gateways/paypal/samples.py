"""Requests that the tests make, and what comes of them."""

import uuid
from datetime import UTC, datetime

from domain.gateway.payment import GatewayPayment, SavedMethod
from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from domain.money import Money
from gateways.paypal.adapter import PaypalGateway
from tests.doubles.paypal.double import PaypalDouble

PRICE = Money(1000, "USD")


def a_key(kind: str = "co") -> str:
    """Return a key of a call as the workers make them."""
    return f"{kind}-{uuid.uuid4()}"


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def checkout_request(
    *,
    price: Money = PRICE,
    saves_method: bool = False,
    order_id: str | None = None,
    title: str = "120 minutes",
    locale: str | None = None,
    gateway_customer: str | None = None,
) -> CheckoutRequest:
    """Return a checkout to open."""
    return CheckoutRequest(
        order_id=order_id or str(uuid.uuid4()),
        price=price,
        title=title,
        buyer=Buyer("account-1", "buyer@example.com", gateway_customer, locale),
        return_url="https://screph.example/paid",
        cancel_url="https://screph.example/cancelled",
        saves_method=saves_method,
    )


def setup_request(*, gateway_customer: str | None = None, locale: str | None = None) -> SetupRequest:
    """Return a page to open that saves a wallet."""
    buyer = Buyer("account-1", "buyer@example.com", gateway_customer, locale)
    return SetupRequest(
        str(uuid.uuid4()), "USD", buyer, "https://screph.example/saved", "https://screph.example/cancelled"
    )


def charge_request(token: str, *, price: Money = PRICE, order_id: str | None = None, attempt: int = 1) -> ChargeRequest:
    """Return a charge of a saved method."""
    method = SavedMethod(token, None, "PayPal")
    return ChargeRequest(
        order_id or str(uuid.uuid4()), attempt, price, "A month of minutes", Buyer("account-1"), method
    )


def refund_request(payment: GatewayPayment, minor: int | None = None, *, note: str = "") -> RefundRequest:
    """Return a refund; None: of all."""
    amount = payment.price if minor is None else Money(minor, payment.price.currency)
    assert payment.payment_ref is not None
    return RefundRequest(
        str(uuid.uuid4()), payment.payment_ref, amount, minor is None, "120 minutes", Buyer("account-1"), note
    )


def paid(
    gateway: PaypalGateway, double: PaypalDouble, *, price: Money = PRICE, saves_method: bool = False
) -> GatewayPayment:
    """Return a payment that went through from the checkout to the capture."""
    checkout = gateway.create_checkout(checkout_request(price=price, saves_method=saves_method), a_key())
    double.pay(checkout.ref)
    return gateway.complete_checkout(checkout.ref, a_key("cp"))


def saved_token(gateway: PaypalGateway, double: PaypalDouble) -> str:
    """Return the token of a method that a payment saved."""
    payment = paid(gateway, double, saves_method=True)
    assert payment.method is not None
    return payment.method.token
