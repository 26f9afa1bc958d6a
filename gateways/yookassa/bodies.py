"""Bodies: what is sent to YooKassa; the same input gives the same body, as its keys demand."""

from typing import Any

from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest
from gateways.yookassa.receipts import ReceiptRules, amount_of, receipt_for

_DESCRIPTION_LENGTH = 128
_REFUND_DESCRIPTION_LENGTH = 250
_CUSTOMER_LENGTH = 200


def checkout_body(purchase: CheckoutRequest, receipts: ReceiptRules | None) -> dict[str, Any]:
    """Return the body of a payment on YooKassa's page; YooKassa knows one address to come back to."""
    body: dict[str, Any] = {
        "amount": amount_of(purchase.price),
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": purchase.return_url},
        "description": purchase.title[:_DESCRIPTION_LENGTH],
        "metadata": {"order_id": purchase.order_id},
    }
    if purchase.saves_method:
        body["save_payment_method"] = True
        # A cut id could be another account's, whose cards this buyer would then be offered.
        if len(purchase.buyer.account_id) <= _CUSTOMER_LENGTH:
            body["merchant_customer_id"] = purchase.buyer.account_id
    if receipts:
        body["receipt"] = receipt_for(receipts, purchase.buyer, title=purchase.title, amount=purchase.price)
    return body


def charge_body(charge: ChargeRequest, receipts: ReceiptRules | None) -> dict[str, Any]:
    """Return the body of a payment by a saved method; a renewal needs its receipt too."""
    body: dict[str, Any] = {
        "amount": amount_of(charge.price),
        "capture": True,
        "payment_method_id": charge.method.token,
        "description": charge.title[:_DESCRIPTION_LENGTH],
        "metadata": {"order_id": charge.order_id, "attempt": str(charge.attempt)},
    }
    if receipts:
        body["receipt"] = receipt_for(receipts, charge.buyer, title=charge.title, amount=charge.price)
    return body


def refund_body(order: RefundRequest, receipts: ReceiptRules | None) -> dict[str, Any]:
    """Return the body of a refund; of a full one YooKassa makes the receipt itself, from the payment's."""
    body: dict[str, Any] = {
        "payment_id": order.payment_ref,
        "amount": amount_of(order.amount),
        "description": (order.note or order.title)[:_REFUND_DESCRIPTION_LENGTH],
        "metadata": {"refund_id": order.refund_id},
    }
    if receipts and not order.is_full:
        body["receipt"] = receipt_for(receipts, order.buyer, title=order.title, amount=order.amount)
    return body
