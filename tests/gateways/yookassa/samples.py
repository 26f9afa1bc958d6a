"""Requests that the tests make, and what comes of them."""

import uuid
from dataclasses import replace
from typing import Any

from domain.gateway.payment import GatewayPayment, SavedMethod
from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest
from domain.money import Money
from gateways.yookassa.adapter import YooKassaGateway
from tests.doubles.yookassa.double import YooKassaDouble

PRICE = Money(19_900, "RUB")
BUYER = Buyer("acc-7", "buyer@example.com")
CHECKOUT_REQUEST = CheckoutRequest(
    order_id="o-1",
    price=PRICE,
    title="300 minutes",
    buyer=BUYER,
    return_url="https://shop.example/paid",
    cancel_url="https://shop.example/not-paid",
)


def a_key(kind: str = "co") -> str:
    """Return a key as the product makes them."""
    return f"{kind}-{uuid.uuid4()}"


def paid(double: YooKassaDouble, gateway: YooKassaGateway, **changes: Any) -> GatewayPayment:
    """Return a payment that the buyer has paid on the page."""
    checkout = gateway.create_checkout(replace(CHECKOUT_REQUEST, **changes), a_key())
    double.pay(checkout.ref)
    return gateway.fetch_payment(checkout.ref)


def saved_method(double: YooKassaDouble, gateway: YooKassaGateway) -> SavedMethod:
    """Return a method that was saved with a payment."""
    method = paid(double, gateway, saves_method=True).method
    assert method is not None
    return method


def charge_request(method: SavedMethod, **changes: Any) -> ChargeRequest:
    """Return a charge of a saved method."""
    return replace(ChargeRequest("o-2", 1, PRICE, "300 minutes, next month", BUYER, method), **changes)


def refund_request(payment: GatewayPayment, minor: int, **changes: Any) -> RefundRequest:
    """Return a refund of a part of a payment."""
    assert payment.payment_ref is not None
    request = RefundRequest(
        refund_id="r-1",
        payment_ref=payment.payment_ref,
        amount=Money(minor, "RUB"),
        is_full=minor == payment.price.minor,
        title="300 minutes",
        buyer=BUYER,
    )
    return replace(request, **changes)
