"""The bodies of our calls of YooKassa; the same input gives the same body, as its keys demand."""

from typing import Any

from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from gateways.yookassa.amounts import to_wire
from gateways.yookassa.receipts import ReceiptRules, receipt_for

_DESCRIPTION_LENGTH = 128
_REFUND_DESCRIPTION_LENGTH = 250
_CUSTOMER_LENGTH = 200


def checkout_body(request: CheckoutRequest, receipts: ReceiptRules | None) -> dict[str, Any]:
    """Return a payment on YooKassa's page; YooKassa has one address to come back to."""
    body: dict[str, Any] = {
        "amount": to_wire(request.price),
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": request.return_url},
        "description": request.title[:_DESCRIPTION_LENGTH],
        "metadata": {"order_id": request.order_id},
    }
    if request.saves_method:
        body["save_payment_method"] = True
        # A shortened id could be that of another account, whose cards this buyer would be offered.
        if len(request.buyer.account_id) <= _CUSTOMER_LENGTH:
            body["merchant_customer_id"] = request.buyer.account_id
    if receipts:
        body["receipt"] = receipt_for(receipts, request.buyer, title=request.title, amount=request.price)
    return body


def setup_body(request: SetupRequest) -> dict[str, Any]:
    """Return a card to be saved without a payment; YooKassa has one address to come back to."""
    return {
        "type": "bank_card",
        "confirmation": {"type": "redirect", "return_url": request.return_url},
        "metadata": {"setup_id": request.setup_id},
    }


def charge_body(request: ChargeRequest, receipts: ReceiptRules | None) -> dict[str, Any]:
    """Return a payment by a saved method; a renewal needs its receipt too."""
    body: dict[str, Any] = {
        "amount": to_wire(request.price),
        "capture": True,
        "payment_method_id": request.method.token,
        "description": request.title[:_DESCRIPTION_LENGTH],
        "metadata": {"order_id": request.order_id, "attempt": str(request.attempt)},
    }
    if receipts:
        body["receipt"] = receipt_for(receipts, request.buyer, title=request.title, amount=request.price)
    return body


def refund_body(request: RefundRequest, receipts: ReceiptRules | None) -> dict[str, Any]:
    """Return a refund; for a full one YooKassa makes the receipt itself, from the payment's."""
    body: dict[str, Any] = {
        "payment_id": request.payment_ref,
        "amount": to_wire(request.amount),
        "description": (request.note or request.title)[:_REFUND_DESCRIPTION_LENGTH],
        "metadata": {"refund_id": request.refund_id},
    }
    if receipts and not request.is_full:
        body["receipt"] = receipt_for(receipts, request.buyer, title=request.title, amount=request.amount)
    return body
