"""Refunds: how far our own record of one is."""

from enum import StrEnum


class RefundStatus(StrEnum):
    """How far a refund of ours is; README.md, "Refunds"."""

    FROZEN = "frozen"
    SENT = "sent"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


OPEN_STAGES = frozenset({RefundStatus.FROZEN, RefundStatus.SENT, RefundStatus.UNKNOWN})
