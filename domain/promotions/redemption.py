"""Redemptions: one use of a code by one account, and how it stands."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

RESERVED_FOR = timedelta(hours=25)
"""How long a use is reserved before its order is asked what became of it; a checkout is open for a day at the most."""


class RedemptionRole(StrEnum):
    """What a code is to an order; an order takes one of each."""

    DISCOUNT = "discount"
    BONUS = "bonus"


class RedemptionStatus(StrEnum):
    """How a use stands; README.md, "Limits"."""

    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    GIVEN_BACK = "given_back"


COUNTING = frozenset({RedemptionStatus.RESERVED, RedemptionStatus.CONFIRMED})
"""What counts against the limits."""


@dataclass(frozen=True, slots=True)
class Redemption:
    """
    One use of a code. Code, promotion and account are named by the store's numbers of them.

    `discount_minor` is what it takes off an order's price, `seconds` what it gives besides; both count against the
    budgets. `day` is the UTC day that it counts for. `is_beyond_limit`: its money came, or came back, after the use had
    been given back, and nothing was left by then. `package_id` is what a code without an order has given.
    """

    code: int
    promotion: int
    account: int
    role: RedemptionRole
    status: RedemptionStatus
    day: date
    message_id: int
    redeemed_at: datetime
    order_id: str | None = None
    discount_minor: int = 0
    currency: str | None = None
    seconds: int = 0
    package_id: str | None = None
    is_beyond_limit: bool = False
    reserved_until: datetime | None = None
    confirmed_at: datetime | None = None
    given_back_at: datetime | None = None
    given_back_why: str | None = None
    id: int | None = None


def confirm(redemption: Redemption, *, is_beyond_limit: bool = False, at: datetime) -> Redemption:
    """Return a use whose order is paid; one that had been given back counts again."""
    return replace(
        redemption,
        status=RedemptionStatus.CONFIRMED,
        is_beyond_limit=is_beyond_limit,
        reserved_until=None,
        confirmed_at=at,
        given_back_at=None,
        given_back_why=None,
    )


def give_back(redemption: Redemption, why: str, *, at: datetime) -> Redemption:
    """Return a use that does not count any more."""
    return replace(
        redemption,
        status=RedemptionStatus.GIVEN_BACK,
        is_beyond_limit=False,
        reserved_until=None,
        given_back_at=at,
        given_back_why=why,
    )
