"""The bodies of our calls of the sandbox."""

from typing import Any

from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from gateways.sandbox.amounts import to_wire


def checkout_body(request: CheckoutRequest) -> dict[str, Any]:
    """Return a hosted checkout."""
    return {
        "order_id": request.order_id,
        "account_id": request.buyer.account_id,
        **to_wire(request.price),
        "title": request.title,
        "return_url": request.return_url,
        "cancel_url": request.cancel_url,
        "locale": request.buyer.locale,
        "saves_method": request.saves_method,
    }


def setup_body(request: SetupRequest) -> dict[str, Any]:
    """Return a hosted page that saves a card."""
    return {
        "setup_id": request.setup_id,
        "account_id": request.buyer.account_id,
        "return_url": request.return_url,
        "cancel_url": request.cancel_url,
        "locale": request.buyer.locale,
    }


def charge_body(request: ChargeRequest) -> dict[str, Any]:
    """Return a charge of a saved method."""
    return {
        "order_id": request.order_id,
        "attempt": request.attempt,
        "account_id": request.buyer.account_id,
        **to_wire(request.price),
        "title": request.title,
        "method": request.method.token,
    }


def refund_body(request: RefundRequest) -> dict[str, Any]:
    """Return a refund."""
    return {
        "payment_ref": request.payment_ref,
        **to_wire(request.amount),
        "refund_id": request.refund_id,
        "note": request.note,
    }
