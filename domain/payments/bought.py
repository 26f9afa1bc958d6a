"""What one payment bought, and what became of it: all that refunds and disputes are decided from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.payments.dispute import Dispute
from domain.payments.order import Order
from domain.payments.refund import Refund, money_of, seconds_under_way


@dataclass(frozen=True, slots=True)
class PackageSeconds:
    """The package that was granted for a payment, as far as payments need to know it."""

    left_seconds: int
    consumed_seconds: int
    frozen_seconds: int
    is_frozen: bool
    is_voided: bool


@dataclass(frozen=True, slots=True)
class Bought:
    """
    What one payment bought, and what became of it.

    `paid_seconds` are what the price paid for; `consumed_seconds` of them were used, or replaced by another order;
    `left_seconds` could still be voided. The bonus of the same purchase has `bonus_left_seconds` and
    `bonus_consumed_seconds`. `frozen_by_refunds_seconds` and
    `frozen_by_disputes_seconds` stay frozen until the refunds and disputes end; `voided_by_refunds_seconds` went with
    the money.
    `pending` is money of refunds that are under way. `disputes` are all about its payment, the oldest first.
    `was_restored`: a refund failed after it had succeeded, or a lost dispute was won after all, and a support package
    gave its minutes back.
    """

    price: Money
    paid_seconds: int
    consumed_seconds: int
    left_seconds: int
    bonus_left_seconds: int
    refunded: Money
    pending: Money
    paid_at: datetime
    voided_by_refunds_seconds: int = 0
    frozen_by_refunds_seconds: int = 0
    frozen_by_disputes_seconds: int = 0
    is_package_frozen: bool = False
    is_package_voided: bool = False
    is_disputed: bool = False
    was_restored: bool = False
    disputes: tuple[Dispute, ...] = ()
    bonus_consumed_seconds: int = 0
    is_bonus_voided: bool = False


NO_BONUS = PackageSeconds(left_seconds=0, consumed_seconds=0, frozen_seconds=0, is_frozen=False, is_voided=False)
"""The bonus of a purchase without one."""


def bought_of(
    order: Order,
    package: PackageSeconds,
    refunds: Iterable[Refund],
    disputes: Iterable[Dispute],
    *,
    bonus: PackageSeconds = NO_BONUS,
) -> Bought:
    """
    Return what a paid order bought and what became of it.

    Args:
        order: is paid.
        package: that was granted for it.
        refunds: all of the order.
        disputes: all of the order.
        bonus: the package that was granted besides.
    """
    assert order.paid_at is not None
    refunds, disputes = list(refunds), tuple(disputes)
    under_way_seconds = seconds_under_way(refunds)
    return Bought(
        price=order.price,
        paid_seconds=order.granted_seconds,
        consumed_seconds=package.consumed_seconds + order.replaced_seconds,
        left_seconds=package.left_seconds,
        bonus_left_seconds=bonus.left_seconds,
        refunded=money_of((one for one in refunds if one.has_succeeded), order.price.currency),
        pending=money_of((one for one in refunds if one.is_open), order.price.currency),
        paid_at=order.paid_at,
        voided_by_refunds_seconds=sum(one.void_seconds for one in refunds if one.has_succeeded),
        frozen_by_refunds_seconds=under_way_seconds,
        frozen_by_disputes_seconds=package.frozen_seconds - under_way_seconds,
        is_package_frozen=package.is_frozen,
        is_package_voided=package.is_voided,
        is_disputed=any(one.blocks_refunds for one in disputes),
        was_restored=any(one.was_restored for one in refunds) or any(one.was_restored for one in disputes),
        disputes=disputes,
        bonus_consumed_seconds=bonus.consumed_seconds,
        is_bonus_voided=bonus.is_voided,
    )


def void_seconds_for(amount_minor: int, bought: Bought) -> int:
    """
    Return the seconds that an amount takes back: minutes follow the money, never more than are left.

    Source: README.md, "Refunds": ceil(A * M / P).
    """
    return min(seconds_of(amount_minor, bought), bought.left_seconds)


def share_seconds(amount: Money, bought: Bought, *, lost_minor: int = 0) -> int:
    """
    Return the seconds that a disputed amount paid for, used or not.

    Args:
        amount: of the dispute; one in another currency than the price counts as everything.
        bought: what the payment bought.
        lost_minor: what other disputes have taken back already, whole minor units.

    Source: README.md, "Disputes".
    """
    return seconds_of(_at_stake_minor(amount, bought, lost_minor), bought)


def loss_seconds(amount: Money, bought: Bought, *, lost_minor: int, taken_seconds: int) -> int:
    """
    Return the seconds that a lost dispute takes: what its amount and all that is gone paid for together, less the gone.

    So many small losses never cost more than one of their sum, and all together never more than was bought.

    Args:
        amount: of the dispute; one in another currency than the price counts as everything.
        bought: what the payment bought.
        lost_minor: what other disputes have taken back already, whole minor units.
        taken_seconds: that those have voided or made a debt.

    Source: README.md, "Disputes".
    """
    gone_minor = min(bought.price.minor, bought.refunded.minor + lost_minor)
    together_seconds = seconds_of(gone_minor + _at_stake_minor(amount, bought, lost_minor), bought)
    gone_seconds = max(seconds_of(gone_minor, bought), bought.voided_by_refunds_seconds + taken_seconds)
    return max(0, together_seconds - gone_seconds)


def disputed_minor(amount: Money, bought: Bought) -> int:
    """Return what a dispute is about, in minor units of the price; one in another currency is about everything."""
    return amount.minor if amount.currency == bought.price.currency else bought.price.minor


def _at_stake_minor(amount: Money, bought: Bought, lost_minor: int) -> int:
    at_stake_minor = max(0, bought.price.minor - bought.refunded.minor - lost_minor)
    return min(at_stake_minor, amount.minor) if amount.currency == bought.price.currency else at_stake_minor


def seconds_of(minor: int, bought: Bought) -> int:
    """Return the seconds, rounded up, that whole minor units of the price paid for."""
    return -(-minor * bought.paid_seconds // bought.price.minor)
