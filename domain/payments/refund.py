"""Refunds: how far our own record of one is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money


class RefundStatus(StrEnum):
    """How far a refund of ours is; README.md, "Refunds"."""

    FROZEN = "frozen"
    SENT = "sent"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


OPEN_STAGES = frozenset({RefundStatus.FROZEN, RefundStatus.SENT, RefundStatus.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as it is kept; `void_seconds` are frozen while it is under way."""

    id: str
    order_id: str
    gateway: str
    refund_ref: str | None
    origin: str
    status: RefundStatus
    amount: Money
    void_seconds: int
    is_waived: bool
    is_full: bool
    reason: str
    requested_by: str
    failure: str | None
    needs_review: bool
    message_id: int
    called_at: datetime | None
    created_at: datetime
    settled_at: datetime | None = None

    @property
    def was_restored(self) -> bool:
        """Tell whether it had succeeded and then failed, and its minutes were given back."""
        return self.status is RefundStatus.FAILED and self.settled_at is not None and self.void_seconds > 0
