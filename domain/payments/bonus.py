"""The bonus of a purchase, as a whole: it rests while all of the money is disputed, and ends when all of it is gone."""

from domain.gateway.dispute import DisputeStatus
from domain.payments.bought import Bought, disputed_minor
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
    lost_minor = sum(disputed_minor(one.amount, bought) for one in bought.disputes if one.status is DisputeStatus.LOST)
    open_minor = sum(disputed_minor(one.amount, bought) for one in bought.disputes if one.is_open)
    gone_minor = bought.refunded.minor + lost_minor
    if bought.is_bonus_voided or has_ended or (lost_minor and gone_minor >= bought.price.minor):
        return PackageChange.VOID
    if open_minor and gone_minor + open_minor >= bought.price.minor:
        return PackageChange.FREEZE
    return PackageChange.FREE
