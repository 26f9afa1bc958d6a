"""PayPal's refunds in our words."""

from datetime import datetime

from domain.gateway.errors import UnableToReach
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from gateways.paypal.amounts import read
from gateways.paypal.objects import Body, linked, moment, reason, wanted

REFUND_STATES = {
    "PENDING": GatewayRefundStatus.PENDING,
    "COMPLETED": GatewayRefundStatus.SUCCEEDED,
    "FAILED": GatewayRefundStatus.FAILED,
    "CANCELLED": GatewayRefundStatus.FAILED,
}


def refund_of(
    refund: Body, *, now: datetime, payment_ref: str | None = None, foreign_id: str | None = None
) -> GatewayRefund:
    """
    Return a refund.

    Args:
        refund: PayPal's refund, in full.
        now: the moment for a refund that names none.
        payment_ref: the capture that it belongs to, where it does not tell.
        foreign_id: a `custom_id` that is not ours although it stands there: that of the capture.

    Raises:
        UnableToReach: it cannot be understood, so what was done is unknown.
    """
    status = wanted(refund, "status")
    if status not in REFUND_STATES:
        raise UnableToReach(f"PayPal tells of a refund that is {status}, which is not known here")
    state = REFUND_STATES[status]
    capture_ref = linked(refund, "up", "captures") or payment_ref
    if capture_ref is None:
        raise UnableToReach("PayPal tells of a refund and not of the capture that it belongs to")
    custom_id = refund.get("custom_id") or None
    return GatewayRefund(
        ref=wanted(refund, "id"),
        payment_ref=capture_ref,
        refund_id=None if custom_id == foreign_id else custom_id,
        status=state,
        amount=read(refund.get("amount")),
        at=moment(refund.get("update_time") or refund.get("create_time"), now),
        failure=reason(refund) or status if state is GatewayRefundStatus.FAILED else None,
    )
