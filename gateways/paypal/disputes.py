"""PayPal's disputes in our words: how they stand, and how much of the money they are about."""

from collections.abc import Iterator
from datetime import datetime

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.money import Money
from gateways.paypal.amounts import from_wire
from gateways.paypal.objects import Body, first, moment_of, required

OUTCOMES = {
    "RESOLVED_SELLER_FAVOUR": DisputeStatus.WON,
    "CANCELED_BY_BUYER": DisputeStatus.WON,
    "DENIED": DisputeStatus.WON,
    "RESOLVED_BUYER_FAVOUR": DisputeStatus.LOST,
    "ACCEPTED": DisputeStatus.LOST,
}
"""Ends of a dispute that leave no doubt; for the others the movements of money decide."""

SETTLEMENT = "DISPUTE_SETTLEMENT"
"""Why money moves that was disputed; every other reason is a fee, which a seller pays whoever wins."""


def dispute_of(dispute: Body, *, now: datetime) -> GatewayDispute:
    """
    Return a dispute; what is lost of it may be less than what it was opened about.

    Raises:
        Unreadable: the dispute cannot be understood.
    """
    amount = from_wire(dispute.get("dispute_amount"))
    taken_minor = sum(_settled_minor(dispute, amount))
    status = _status_of(dispute, taken_minor)
    return GatewayDispute(
        ref=required(dispute, "dispute_id"),
        payment_ref=required(first(dispute.get("disputed_transactions")), "seller_transaction_id"),
        status=status,
        amount=_lost(dispute, amount, taken_minor) if status is DisputeStatus.LOST else amount,
        reason=str(dispute.get("reason") or "OTHER"),
        at=moment_of(dispute.get("update_time") or dispute.get("create_time"), now),
        # Buyer and seller write to each other, and PayPal does not decide yet.
        is_inquiry=dispute.get("dispute_life_cycle_stage") == "INQUIRY",
    )


def _status_of(dispute: Body, taken_minor: int) -> DisputeStatus:
    outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code")
    if dispute.get("status") != "RESOLVED":
        return DisputeStatus.OPEN
    if outcome in OUTCOMES:
        return OUTCOMES[outcome]
    return DisputeStatus.LOST if taken_minor > 0 else DisputeStatus.WON


def _lost(dispute: Body, amount: Money, taken_minor: int) -> Money:
    """Return what was taken from us of the amount in dispute; without that, what the buyer was given, or all of it."""
    if 0 < taken_minor < amount.minor:
        return Money(taken_minor, amount.currency)
    given = (dispute.get("dispute_outcome") or {}).get("amount_refunded")
    refunded = from_wire(given) if given else amount
    return refunded if refunded.currency == amount.currency and 0 < refunded.minor < amount.minor else amount


def _settled_minor(dispute: Body, amount: Money) -> Iterator[int]:
    """Give each movement of disputed money of ours: above zero what was taken, below zero what came back."""
    for movement in dispute.get("money_movements") or []:
        if movement.get("affected_party") == "SELLER" and movement.get("reason", SETTLEMENT) == SETTLEMENT:
            money = from_wire(movement["amount"]) if movement.get("amount") else amount
            # A balance may be kept in another currency: then it moved by all that is in dispute.
            minor = money.minor if money.currency == amount.currency else amount.minor
            yield minor if movement.get("type") == "DEBIT" else -minor
