"""Paid minutes at night: what is deferred, what of the rest expired or was given back, and what expires of months."""

from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from store.statistics.count import NOT_COUNTED, rows_of

DEFERRED = "deferred"
"""The name of this snapshot among those that are taken."""


def save_deferred(session: Session, day: date, *, at: datetime) -> int:
    """Save what is paid and not used yet, as of now, as the end of a day; return of how many offers."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    parameters = {"day": day, "at": at, "not_counted": list(NOT_COUNTED)}
    return rows_of(session.execute(_SAVE_DEFERRED, parameters))


def save_breakage(session: Session, zone: str) -> None:
    """Count what has become of the minutes of each month, as of now; `zone`: whose months count."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("DELETE FROM month_breakage"))
    session.execute(_SAVE_BREAKAGE, {"zone": zone})


# As a refund would value it: what is left of the price, in proportion to the seconds, rounded down for each package.
# Where no money went back, every second was used, expired, or is deferred; only where it did can more be missing.
_SAVE_DEFERRED = text("""
    WITH back AS (
        SELECT order_id, sum(amount_minor) AS minor FROM (
            SELECT order_id, amount_minor FROM refund WHERE status = 'succeeded'
            UNION ALL SELECT order_id, amount_minor FROM dispute WHERE status = 'lost'
        ) AS went_back GROUP BY 1
    ), sold AS (
        SELECT orders.currency, orders.kind, orders.product, orders.price_minor, orders.granted_seconds,
               package.left_seconds + package.held_seconds + package.frozen_seconds AS seconds,
               orders.price_minor * package.consumed_seconds / orders.granted_seconds AS used_minor,
               orders.price_minor * package.expired_seconds / orders.granted_seconds AS expired_minor,
               orders.price_minor - coalesce(back.minor, 0) AS kept_minor, back.minor IS NOT NULL AS went_back
        FROM package
        JOIN orders ON orders.package = package.number AND orders.account = package.account
        JOIN account ON account.number = orders.account
        LEFT JOIN back ON back.order_id = orders.id
        WHERE (package.left_seconds + package.held_seconds + package.frozen_seconds > 0 OR package.expired_seconds > 0
               OR back.minor IS NOT NULL)
          AND orders.price_minor > 0 AND orders.gateway <> ALL(:not_counted) AND NOT account.is_test
    ), worth AS (
        SELECT currency, kind, product, seconds, used_minor, expired_minor, kept_minor, went_back,
               greatest(0, least(kept_minor, price_minor * seconds / granted_seconds)) AS minor
        FROM sold
    ), deferred AS (
        SELECT currency, kind, product, sum(seconds) AS seconds, sum(minor) AS minor, sum(expired_minor) AS expired,
               sum(greatest(0, used_minor + expired_minor + minor - kept_minor)) FILTER (WHERE went_back) AS waived
        FROM worth GROUP BY 1, 2, 3
    ), moved AS (
        SELECT currency, kind, product, gross_minor - refunded_minor - lost_minor AS minor FROM bucket_money
        WHERE NOT is_test AND gateway <> ALL(:not_counted)
        UNION ALL
        SELECT currency, kind, product, gross_minor - refunded_minor - lost_minor FROM money_change
        WHERE NOT is_test AND gateway <> ALL(:not_counted)
    ), net AS (
        SELECT currency, kind, product, sum(minor) AS minor FROM moved GROUP BY 1, 2, 3
    )
    INSERT INTO day_deferred (day, taken_at, currency, kind, product, seconds, deferred_minor, net_minor, expired_minor,
                              waived_minor)
    SELECT :day, :at, currency, kind, product, coalesce(deferred.seconds, 0), coalesce(deferred.minor, 0),
           coalesce(net.minor, 0), coalesce(deferred.expired, 0), coalesce(deferred.waived, 0)
    FROM deferred FULL JOIN net USING (currency, kind, product)
    ON CONFLICT DO NOTHING
""")

_SAVE_BREAKAGE = text("""
    INSERT INTO month_breakage (month, package_kind, granted_seconds, voided_seconds, expired_seconds, open_seconds)
    SELECT CAST(date_trunc('month', package.activated_at AT TIME ZONE :zone) AS date), CAST(package.kind AS text),
           sum(package.granted_seconds), sum(package.voided_seconds), sum(package.expired_seconds),
           sum(package.left_seconds + package.held_seconds + package.frozen_seconds)
    FROM package JOIN account ON account.number = package.account
    WHERE NOT account.is_test GROUP BY 1, 2
""")
