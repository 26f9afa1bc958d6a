"""PayPal's disputes in our words."""

from datetime import datetime

from domain.payments.gateway import Dispute, DisputeState
from gateways.paypal.amounts import read
from gateways.paypal.objects import Body, first, moment, wanted

OUTCOMES = {
    "RESOLVED_SELLER_FAVOUR": DisputeState.WON,
    "CANCELED_BY_BUYER": DisputeState.WON,
    "DENIED": DisputeState.WON,
    "RESOLVED_BUYER_FAVOUR": DisputeState.LOST,
    "ACCEPTED": DisputeState.LOST,
}
"""Ends of a dispute that leave no doubt; of the others the movements of money tell."""


def dispute_of(dispute: Body, *, now: datetime) -> Dispute:
    """
    Return a dispute.

    Raises:
        UnableToReach: it cannot be understood.
    """
    return Dispute(
        ref=wanted(dispute, "dispute_id"),
        payment_ref=wanted(first(dispute.get("disputed_transactions")), "seller_transaction_id"),
        state=_state_of_dispute(dispute),
        amount=read(dispute.get("dispute_amount")),
        reason=str(dispute.get("reason") or "OTHER"),
        at=moment(dispute.get("update_time") or dispute.get("create_time"), now),
    )


def _state_of_dispute(dispute: Body) -> DisputeState:
    outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code")
    if dispute.get("status") != "RESOLVED":
        return DisputeState.OPEN
    if outcome in OUTCOMES:
        return OUTCOMES[outcome]
    paid = any(
        movement.get("affected_party") == "SELLER" and movement.get("type") == "DEBIT"
        for movement in dispute.get("money_movements") or []
    )
    return DisputeState.LOST if paid else DisputeState.WON
