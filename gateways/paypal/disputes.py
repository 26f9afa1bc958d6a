"""PayPal's disputes in our words."""

from datetime import datetime

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from gateways.paypal.amounts import read
from gateways.paypal.objects import Body, first, moment, wanted

OUTCOMES = {
    "RESOLVED_SELLER_FAVOUR": DisputeStatus.WON,
    "CANCELED_BY_BUYER": DisputeStatus.WON,
    "DENIED": DisputeStatus.WON,
    "RESOLVED_BUYER_FAVOUR": DisputeStatus.LOST,
    "ACCEPTED": DisputeStatus.LOST,
}
"""Ends of a dispute that leave no doubt; of the others the movements of money tell."""


def dispute_of(dispute: Body, *, now: datetime) -> GatewayDispute:
    """
    Return a dispute.

    Raises:
        UnableToReach: it cannot be understood.
    """
    return GatewayDispute(
        ref=wanted(dispute, "dispute_id"),
        payment_ref=wanted(first(dispute.get("disputed_transactions")), "seller_transaction_id"),
        status=_state_of_dispute(dispute),
        amount=read(dispute.get("dispute_amount")),
        reason=str(dispute.get("reason") or "OTHER"),
        at=moment(dispute.get("update_time") or dispute.get("create_time"), now),
    )


def _state_of_dispute(dispute: Body) -> DisputeStatus:
    outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code")
    if dispute.get("status") != "RESOLVED":
        return DisputeStatus.OPEN
    if outcome in OUTCOMES:
        return OUTCOMES[outcome]
    paid = any(
        movement.get("affected_party") == "SELLER" and movement.get("type") == "DEBIT"
        for movement in dispute.get("money_movements") or []
    )
    return DisputeStatus.LOST if paid else DisputeStatus.WON
