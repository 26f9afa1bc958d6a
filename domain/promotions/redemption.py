"""Redemptions: one use of a code by one account, and how it stands."""

from enum import StrEnum


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
