"""Stripe's refunds and disputes: money on its way back."""

from collections.abc import Mapping
from typing import Any

from domain.payments.gateway import Dispute, DisputeState, Refund, RefundState
from gateways.stripe.amounts import money_on_wire
from gateways.stripe.objects import expanded, moment, ref_of, wanted

REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
"""By status; any other one is on its way."""

DISPUTE_STATES = {
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
    # An enquiry that never became a chargeback: the money stayed.
    "warning_closed": DisputeState.WON,
    # Averted by a refund, which comes as a refund; as a dispute it takes nothing.
    "prevented": DisputeState.WON,
}
"""By status; any other one is open."""


def refund_of(refund: Mapping[str, Any]) -> Refund:
    """Return what Stripe says of a refund."""
    state = REFUND_STATES.get(wanted(refund, "status"), RefundState.PENDING)
    failure = None
    if state is RefundState.FAILED:
        failure = str(refund.get("failure_reason") or refund["status"])
    return Refund(
        ref=wanted(refund, "id"),
        payment_ref=_payment_ref_of(refund),
        refund_id=expanded(refund.get("metadata")).get("refund_id"),
        state=state,
        amount=money_on_wire(wanted(refund, "amount"), wanted(refund, "currency")),
        at=moment(wanted(refund, "created")),
        failure=failure,
    )


def dispute_of(dispute: Mapping[str, Any]) -> Dispute:
    """Return what Stripe says of a dispute."""
    return Dispute(
        ref=wanted(dispute, "id"),
        payment_ref=_payment_ref_of(dispute),
        state=DISPUTE_STATES.get(wanted(dispute, "status"), DisputeState.OPEN),
        amount=money_on_wire(wanted(dispute, "amount"), wanted(dispute, "currency")),
        reason=str(dispute.get("reason") or "general"),
        at=moment(wanted(dispute, "created")),
    )


def _payment_ref_of(child: Mapping[str, Any]) -> str:
    # Money that came without a payment intent is never ours, but it has a name nevertheless.
    return ref_of(child.get("payment_intent")) or str(ref_of(wanted(child, "charge")))
