"""The bodies of our calls of PayPal."""

import re
from typing import Any

from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from domain.money import Money
from gateways.paypal.amounts import to_wire

USAGE_PATTERN = "RECURRING_PREPAID"
"""Minutes are paid for before they are used. PayPal's newer words for it are not in its specification."""

_LOCALE = re.compile(r"[a-z]{2}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_CUSTOMER = re.compile(r"[0-9a-zA-Z_-]{1,22}")


def checkout_body(request: CheckoutRequest) -> dict[str, Any]:
    """Return a hosted checkout; raises CallRefused for money that PayPal does not take."""
    wallet: dict[str, Any] = {"experience_context": _context(request) | {"user_action": "PAY_NOW"}}
    if request.saves_method:
        wallet["attributes"] = _saving(request.buyer.gateway_customer)
    return {
        "intent": "CAPTURE",
        # PayPal refuses a second payment of an invoice id, if the account is set so.
        "purchase_units": [_unit(request.order_id, request.order_id, request.price, request.title)],
        "payment_source": {"paypal": wallet},
    }


def setup_body(request: SetupRequest) -> dict[str, Any]:
    """Return a setup token, which the buyer approves on PayPal's page; it has no room for our id."""
    wallet = {"usage_type": "MERCHANT", "experience_context": _context(request)}
    body: dict[str, Any] = {"payment_source": {"paypal": wallet}}
    customer = request.buyer.gateway_customer
    if customer and _CUSTOMER.fullmatch(customer):
        body["customer"] = {"id": customer}
    return body


def token_body(setup_ref: str) -> dict[str, Any]:
    """Return what makes a payment token of a setup token that the buyer has approved."""
    return {"payment_source": {"token": {"id": setup_ref, "type": "SETUP_TOKEN"}}}


def charge_body(request: ChargeRequest) -> dict[str, Any]:
    """Return a charge in one step; raises CallRefused for money that PayPal does not take."""
    invoice_id = f"{request.order_id}-{request.attempt}"
    return {
        "intent": "CAPTURE",
        "purchase_units": [_unit(request.order_id, invoice_id, request.price, request.title)],
        "payment_source": {
            "paypal": {
                "vault_id": request.method.token,
                "stored_credential": {
                    "payment_initiator": "MERCHANT",
                    "usage": "SUBSEQUENT",
                    "usage_pattern": USAGE_PATTERN,
                },
            }
        },
    }


def refund_body(request: RefundRequest) -> dict[str, Any]:
    """Return a refund; raises CallRefused for money that PayPal does not take."""
    body: dict[str, Any] = {"amount": to_wire(request.amount), "custom_id": request.refund_id}
    if request.note.strip():
        body["note_to_payer"] = request.note.strip()[:255]
    return body


def _context(request: CheckoutRequest | SetupRequest) -> dict[str, str]:
    context = {
        "return_url": request.return_url,
        "cancel_url": request.cancel_url,
        "shipping_preference": "NO_SHIPPING",
    }
    locale = (request.buyer.locale or "").replace("_", "-")
    if _LOCALE.fullmatch(locale):
        context["locale"] = locale
    return context


def _unit(order_id: str, invoice_id: str, price: Money, title: str) -> dict[str, Any]:
    unit: dict[str, Any] = {"custom_id": order_id, "invoice_id": invoice_id, "amount": to_wire(price)}
    if title.strip():
        unit["description"] = title.strip()[:127]
    return unit


def _saving(customer: str | None) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT", "usage_pattern": USAGE_PATTERN}
    }
    if customer and _CUSTOMER.fullmatch(customer):
        attributes["customer"] = {"id": customer}
    return attributes
