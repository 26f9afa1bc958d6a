"""What is sent to PayPal, made of our words."""

import re
from typing import Any

from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest
from domain.money import Money
from gateways.paypal.amounts import written

USAGE_PATTERN = "RECURRING_PREPAID"
"""Minutes are paid for before they are used. Newer words of PayPal's for it are not in its published specification."""

_LOCALE = re.compile(r"[a-z]{2}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_CUSTOMER = re.compile(r"[0-9a-zA-Z_-]{1,22}")


def order_for(purchase: CheckoutRequest) -> dict[str, Any]:
    """Return the body of a hosted checkout; raises CallRefused for money that PayPal does not take."""
    context = {
        "return_url": purchase.return_url,
        "cancel_url": purchase.cancel_url,
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
    }
    locale = (purchase.buyer.locale or "").replace("_", "-")
    if _LOCALE.fullmatch(locale):
        context["locale"] = locale
    wallet: dict[str, Any] = {"experience_context": context}
    if purchase.saves_method:
        wallet["attributes"] = _saving(purchase.buyer.gateway_customer)
    return {
        "intent": "CAPTURE",
        # While an invoice id is paid, PayPal refuses to take money for it again, if the account is set so.
        "purchase_units": [_unit(purchase.order_id, purchase.order_id, purchase.price, purchase.title)],
        "payment_source": {"paypal": wallet},
    }


def order_of_charge(charge: ChargeRequest) -> dict[str, Any]:
    """Return the body of a charge in one step; raises CallRefused for money that PayPal does not take."""
    invoice_id = f"{charge.order_id}-{charge.attempt}"
    return {
        "intent": "CAPTURE",
        "purchase_units": [_unit(charge.order_id, invoice_id, charge.price, charge.title)],
        "payment_source": {
            "paypal": {
                "vault_id": charge.method.token,
                "stored_credential": {
                    "payment_initiator": "MERCHANT",
                    "usage": "SUBSEQUENT",
                    "usage_pattern": USAGE_PATTERN,
                },
            }
        },
    }


def refund_of(order: RefundRequest) -> dict[str, Any]:
    """Return the body of a refund; raises CallRefused for money that PayPal does not take."""
    body: dict[str, Any] = {"amount": written(order.amount), "custom_id": order.refund_id}
    if order.note.strip():
        body["note_to_payer"] = order.note.strip()[:255]
    return body


def _unit(order_id: str, invoice_id: str, price: Money, title: str) -> dict[str, Any]:
    unit: dict[str, Any] = {"custom_id": order_id, "invoice_id": invoice_id, "amount": written(price)}
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
