"""The sandbox's answers in our words."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from domain.gateway.decline import Decline
from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.payment import GatewayPayment, PaymentStatus, SavedMethod
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.money import Money
from gateways.sandbox.declines import decline_of


def payment_of(body: Mapping[str, Any], *, page_url: str) -> GatewayPayment:
    """
    Return a payment.

    Args:
        body: as the API shows it.
        page_url: what the path of its page is put behind.
    """
    currency: str = body["currency"]
    state = PaymentStatus(body["state"])
    method = _method_of(body["method"]) if state is PaymentStatus.PAID else None
    # A charge that waits for the buyer has one as well; a checkout at 3-D Secure has none.
    decline: Decline | None = decline_of(body["decline_code"]) if body["decline_code"] else None
    return GatewayPayment(
        checkout_ref=body["checkout_ref"],
        payment_ref=body["payment_ref"],
        order_id=body["order_id"],
        status=state,
        price=Money(body["amount_minor"], currency),
        refunded=Money(body["refunded_minor"], currency),
        at=datetime.fromisoformat(body["changed_at"]),
        method=method,
        gateway_customer=method.gateway_customer if method else None,
        action_url=f"{page_url}{body['page']}/3ds" if state is PaymentStatus.ACTION_REQUIRED else None,
        decline=decline,
    )


def refund_of(body: Mapping[str, Any]) -> GatewayRefund:
    """Return a refund."""
    return GatewayRefund(
        ref=body["ref"],
        payment_ref=body["payment_ref"],
        refund_id=body["refund_id"],
        status=GatewayRefundStatus(body["state"]),
        amount=Money(body["amount_minor"], body["currency"]),
        at=datetime.fromisoformat(body["changed_at"]),
        failure=body["failure"],
    )


def dispute_of(body: Mapping[str, Any]) -> GatewayDispute:
    """Return a dispute."""
    return GatewayDispute(
        ref=body["ref"],
        payment_ref=body["payment_ref"],
        status=DisputeStatus(body["state"]),
        amount=Money(body["amount_minor"], body["currency"]),
        reason=body["reason"],
        at=datetime.fromisoformat(body["changed_at"]),
    )


def _method_of(body: Mapping[str, Any] | None) -> SavedMethod | None:
    if body is None:
        return None
    return SavedMethod(body["token"], body["customer"], body["label"], date.fromisoformat(body["expires_on"]))
