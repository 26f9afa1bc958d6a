"""The bonus of a purchase, as a whole: it rests while all of the money is disputed, and ends when all of it is gone."""

from domain.gateway.dispute import DisputeStatus
from domain.payments.bought import Bought
from domain.payments.dispute import Dispute
from domain.payments.movement import PackageChange


def bonus_change(bought: Bought, *, has_ended: bool = False) -> PackageChange:
    """
    Return what becomes of the bonus of a purchase.

    It has no money value, so no part of it belongs to a part of the money; what is used of it is never owed.

    Args:
        bought: with its refunds and disputes as they are now.
        has_ended: all of the money was refunded, and nobody waived the minutes.

    Source: README.md, "Bonus".
    """
    lost_minor = sum(_minor(one, bought) for one in bought.disputes if one.status is DisputeStatus.LOST)
    disputed_minor = sum(_minor(one, bought) for one in bought.disputes if one.is_open)
    gone_minor = bought.refunded.minor + lost_minor
    if bought.is_bonus_voided or has_ended or (lost_minor and gone_minor >= bought.price.minor):
        return PackageChange.VOID
    if disputed_minor and gone_minor + disputed_minor >= bought.price.minor:
        return PackageChange.FREEZE
    return PackageChange.FREE


def _minor(dispute: Dispute, bought: Bought) -> int:
    """Return what a dispute is about; in another currency than the price, everything."""
    return dispute.amount.minor if dispute.amount.currency == bought.price.currency else bought.price.minor
