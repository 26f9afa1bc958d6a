"""Stripe's refunds and disputes: money on its way back."""

from collections.abc import Mapping
from typing import Any

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from gateways.stripe.amounts import money_on_wire
from gateways.stripe.objects import expanded, moment, ref_of, wanted

REFUND_STATES = {
    "succeeded": GatewayRefundStatus.SUCCEEDED,
    "failed": GatewayRefundStatus.FAILED,
    "canceled": GatewayRefundStatus.FAILED,
}
"""By status; any other one is on its way."""

DISPUTE_STATES = {
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    # An enquiry that never became a chargeback: the money stayed.
    "warning_closed": DisputeStatus.WON,
    # Averted by a refund, which comes as a refund; as a dispute it takes nothing.
    "prevented": DisputeStatus.WON,
}
"""By status; any other one is open."""


def refund_of(refund: Mapping[str, Any]) -> GatewayRefund:
    """Return what Stripe says of a refund."""
    state = REFUND_STATES.get(wanted(refund, "status"), GatewayRefundStatus.PENDING)
    failure = None
    if state is GatewayRefundStatus.FAILED:
        failure = str(refund.get("failure_reason") or refund["status"])
    return GatewayRefund(
        ref=wanted(refund, "id"),
        payment_ref=_payment_ref_of(refund),
        refund_id=expanded(refund.get("metadata")).get("refund_id"),
        status=state,
        amount=money_on_wire(wanted(refund, "amount"), wanted(refund, "currency")),
        at=moment(wanted(refund, "created")),
        failure=failure,
    )


def dispute_of(dispute: Mapping[str, Any]) -> GatewayDispute:
    """Return what Stripe says of a dispute."""
    return GatewayDispute(
        ref=wanted(dispute, "id"),
        payment_ref=_payment_ref_of(dispute),
        status=DISPUTE_STATES.get(wanted(dispute, "status"), DisputeStatus.OPEN),
        amount=money_on_wire(wanted(dispute, "amount"), wanted(dispute, "currency")),
        reason=str(dispute.get("reason") or "general"),
        at=moment(wanted(dispute, "created")),
    )


def _payment_ref_of(child: Mapping[str, Any]) -> str:
    # Money that came without a payment intent is never ours, but it has a name nevertheless.
    return ref_of(child.get("payment_intent")) or str(ref_of(wanted(child, "charge")))
