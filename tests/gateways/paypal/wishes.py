"""Wishes that the tests make of the gateway."""

import uuid
from datetime import UTC, datetime

from domain.gateway.payment import GatewayPayment, SavedMethod
from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest
from domain.money import Money
from gateways.paypal.adapter import Paypal
from tests.doubles.paypal.double import PaypalDouble

PRICE = Money(1000, "USD")


def key(kind: str = "co") -> str:
    """Return a key of a call as the workers make them."""
    return f"{kind}-{uuid.uuid4()}"


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def purchase(
    *,
    price: Money = PRICE,
    saves_method: bool = False,
    order_id: str | None = None,
    title: str = "120 minutes",
    locale: str | None = None,
    gateway_customer: str | None = None,
) -> CheckoutRequest:
    """Return what a hosted checkout is to ask for."""
    return CheckoutRequest(
        order_id=order_id or str(uuid.uuid4()),
        price=price,
        title=title,
        buyer=Buyer("account-1", "buyer@example.com", gateway_customer, locale),
        return_url="https://screph.example/paid",
        cancel_url="https://screph.example/cancelled",
        saves_method=saves_method,
    )


def charge(token: str, *, price: Money = PRICE, order_id: str | None = None, attempt: int = 1) -> ChargeRequest:
    """Return a charge of a saved method."""
    method = SavedMethod(token, None, "PayPal")
    return ChargeRequest(
        order_id or str(uuid.uuid4()), attempt, price, "A month of minutes", Buyer("account-1"), method
    )


def refund(payment: GatewayPayment, minor: int | None = None, *, note: str = "") -> RefundRequest:
    """Return a wish to give money back; None: all of it."""
    amount = payment.price if minor is None else Money(minor, payment.price.currency)
    assert payment.payment_ref is not None
    return RefundRequest(
        str(uuid.uuid4()), payment.payment_ref, amount, minor is None, "120 minutes", Buyer("account-1"), note
    )


def paid(gateway: Paypal, double: PaypalDouble, *, price: Money = PRICE, saves_method: bool = False) -> GatewayPayment:
    """Return a payment that went through from the checkout to the capture."""
    checkout = gateway.create_checkout(purchase(price=price, saves_method=saves_method), key())
    double.pay(checkout.ref)
    return gateway.complete_checkout(checkout.ref, key("cp"))


def saved(gateway: Paypal, double: PaypalDouble) -> str:
    """Return the token of a method that a payment saved."""
    payment = paid(gateway, double, saves_method=True)
    assert payment.method is not None
    return payment.method.token
