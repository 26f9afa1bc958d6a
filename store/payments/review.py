"""Review items: what reconciliation could not repair by itself, for a person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One thing to look at: what it is about, since when, and what is known."""

    kind: str
    gateway: str
    ref: str
    since: datetime
    sentence: str


_REVIEW_ITEMS = text("""
    SELECT 'order in question' AS kind, gateway, id AS ref, updated_at AS since,
           coalesce(failure, 'its outcome is unknown') AS sentence
    FROM orders WHERE needs_review
    UNION ALL
    SELECT 'refund in question', gateway, id, updated_at,
           'whether the gateway gave the money back is unknown; its minutes stay frozen'
    FROM refund WHERE needs_review
    UNION ALL
    SELECT 'webhook without effect', gateway, dedupe_key, received_at,
           coalesce(note, 'it was not followed yet') || ' (' || event || ', tried ' || tries || ' times)'
    FROM webhook WHERE state IN ('waiting', 'unmatched') AND received_at < :now - interval '15 minutes'
    UNION ALL
    SELECT 'sums differ', gateway, currency || ' ' || to_char(day, 'YYYY-MM-DD'), compared_at,
           'captured ' || ours_captured_minor || ' here and ' || theirs_captured_minor || ' there, refunded '
           || ours_refunded_minor || ' here and ' || theirs_refunded_minor || ' there, in minor units'
    FROM gateway_sum
    WHERE (ours_captured_minor, ours_refunded_minor) <> (theirs_captured_minor, theirs_refunded_minor)
    UNION ALL
    SELECT 'paid late', gateway, id, updated_at, 'the gateway was asked long ago and the order is still ' || status
    FROM orders WHERE status = 'approved' AND updated_at < :now - interval '1 hour'
    ORDER BY since
""")


def review_items(session: Session, *, now: datetime) -> list[ReviewItem]:
    """Return everything that a person should look at, the oldest first."""
    return [ReviewItem(*row) for row in session.execute(_REVIEW_ITEMS, {"now": now})]
