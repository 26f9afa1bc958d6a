"""Refunds: our own record of one, and how far it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money


class RefundStatus(StrEnum):
    """How far a refund is; README.md, "Refunds"."""

    FROZEN = "frozen"
    SENT = "sent"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundOrigin(StrEnum):
    """Who began a refund: we, or somebody in the gateway's dashboard."""

    OURS = "ours"
    GATEWAY = "gateway"


OPEN_REFUND_STATUSES = frozenset({RefundStatus.FROZEN, RefundStatus.SENT, RefundStatus.UNKNOWN})
"""The states in which a refund is under way and its seconds are frozen."""

REVIEWED_REF = "review:"
"""Begins what stands for the gateway's id of a refund where a person has said how it ended."""


@dataclass(frozen=True, slots=True)
class Refund:
    """
    Money to give back, or given back; `void_seconds`, and `bonus_void_seconds` of the bonus, are frozen while it is
    under way and voided when it succeeds.

    `succeeded_at` is the gateway's moment of its success, `recorded_at` ours. `buyer_snapshot` is what the first call
    said of the buyer.
    """

    id: str
    order_id: str
    gateway: str
    refund_ref: str | None
    origin: RefundOrigin
    status: RefundStatus
    amount: Money
    void_seconds: int
    is_waived: bool
    is_full: bool
    reason: str
    requested_by: str
    message_id: int
    created_at: datetime
    updated_at: datetime
    failure: str | None = None
    needs_review: bool = False
    called_at: datetime | None = None
    succeeded_at: datetime | None = None
    recorded_at: datetime | None = None
    buyer_snapshot: Mapping[str, str | None] | None = None
    bonus_void_seconds: int = 0

    @property
    def taken_seconds(self) -> int:
        """The seconds of minutes and of bonus that go with its money."""
        return self.void_seconds + self.bonus_void_seconds

    @property
    def is_open(self) -> bool:
        """Tell whether it is under way."""
        return self.status in OPEN_REFUND_STATUSES

    @property
    def has_succeeded(self) -> bool:
        """Tell whether the money was given back."""
        return self.status is RefundStatus.SUCCEEDED

    @property
    def was_restored(self) -> bool:
        """Tell whether it had succeeded and then failed, and its minutes were given back."""
        return self.status is RefundStatus.FAILED and self.succeeded_at is not None and self.taken_seconds > 0

    def may_be(self, ref: str) -> bool:
        """Tell whether it may be the refund that its gateway calls `ref`: it has no other name there."""
        return self.refund_ref in (None, ref) or self.refund_ref.startswith(REVIEWED_REF)


def money_of(refunds: Iterable[Refund], currency: str) -> Money:
    """Return the money of some refunds of one order."""
    return Money(sum(one.amount.minor for one in refunds), currency)


def seconds_under_way(refunds: Iterable[Refund]) -> int:
    """Return the seconds that refunds under way have frozen."""
    return sum(one.void_seconds for one in refunds if one.is_open)
