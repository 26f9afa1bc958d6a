"""Totals of a day: ours beside the gateway's."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session


def save_totals(
    session: Session, day: datetime, gateway: str, theirs: dict[str, tuple[int, int]], *, next_day: datetime
) -> list[str]:
    """
    Compare a day's sums with ours and keep both.

    Args:
        session: a transaction.
        day: aware UTC midnight.
        gateway: its name.
        theirs: currency -> captured and refunded, whole minor units.
        next_day: the midnight after it.

    Returns:
        The currencies in which they differ.
    """
    ours = {
        row[0]: (int(row[1]), int(row[2]))
        for row in session.execute(_OURS, {"gateway": gateway, "day": day, "next_day": next_day})
    }
    differing = []
    # Those of an earlier comparison too, or a difference that is gone would be shown for ever.
    before = set(
        session.execute(
            text("SELECT currency FROM gateway_sum WHERE gateway = :gateway AND day = :day"),
            {"gateway": gateway, "day": day},
        ).scalars()
    )
    for currency in sorted(ours.keys() | theirs.keys() | before):
        (captured, refunded), (their_captured, their_refunded) = (
            ours.get(currency, (0, 0)),
            theirs.get(currency, (0, 0)),
        )
        if (captured, refunded) != (their_captured, their_refunded):
            differing.append(currency)
        session.execute(
            _SAVE_TOTAL,
            {
                "day": day,
                "gateway": gateway,
                "currency": currency,
                "ours_captured": captured,
                "theirs_captured": their_captured,
                "ours_refunded": refunded,
                "theirs_refunded": their_refunded,
            },
        )
    return differing


# By the moment at which the gateway says the money came; a refund counts on the day it was kept here or there
# alike, so a difference at midnight evens out with the next day's comparison of seven days.
_OURS = text("""
    SELECT currency, coalesce(sum(captured), 0), coalesce(sum(refunded), 0) FROM (
        SELECT currency, price_minor AS captured, 0 AS refunded FROM orders
        WHERE gateway = :gateway AND status = 'paid' AND paid_at >= :day AND paid_at < :next_day AND price_minor > 0
        UNION ALL
        SELECT currency, 0, amount_minor FROM refund
        WHERE gateway = :gateway AND status = 'succeeded' AND settled_at >= :day AND settled_at < :next_day
    ) AS money GROUP BY currency
""")


_SAVE_TOTAL = text("""
    INSERT INTO gateway_sum (day, gateway, currency, ours_captured_minor, theirs_captured_minor, ours_refunded_minor,
                             theirs_refunded_minor, compared_at)
    VALUES (:day, :gateway, :currency, :ours_captured, :theirs_captured, :ours_refunded, :theirs_refunded, now())
    ON CONFLICT (day, gateway, currency) DO UPDATE SET
        ours_captured_minor = excluded.ours_captured_minor, theirs_captured_minor = excluded.theirs_captured_minor,
        ours_refunded_minor = excluded.ours_refunded_minor, theirs_refunded_minor = excluded.theirs_refunded_minor,
        compared_at = excluded.compared_at
""")
