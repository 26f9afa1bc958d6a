"""Review items: what reconciliation cannot repair by itself, for a person."""

from enum import StrEnum


class ReviewKind(StrEnum):
    """What a review item is about; README.md, "Review"."""

    ORDER = "order"
    REFUND = "refund"
    WEBHOOK = "webhook"
    TOTALS = "totals"
    PAID_LATE = "paid_late"
    POLL = "poll"
    GRANTS = "grants"
    USAGE = "usage"
