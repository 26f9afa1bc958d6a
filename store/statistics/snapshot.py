"""Days that are over: who was active, and what was paid and not used yet."""

from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from store.statistics.count import NOT_COUNTED, rows_of


def first_active_day(session: Session) -> date | None:
    """Return the first day on which anything was used."""
    first: date | None = session.execute(text("SELECT min(day) FROM account_day")).scalar_one()
    return first


def close_day(session: Session, day: date, *, at: datetime) -> None:
    """Count the accounts that were active on a day that is over, and in the 7 and 30 days that end with it."""
    session.execute(_CLOSE_DAY, {"day": day, "at": at})


def has_deferred(session: Session, day: date) -> bool:
    """Tell whether a day's deferred money is saved."""
    found = session.execute(text("SELECT EXISTS (SELECT FROM day_deferred WHERE day = :day)"), {"day": day})
    return bool(found.scalar_one())


def save_deferred(session: Session, day: date, *, at: datetime) -> int:
    """Save what is paid and not used yet, as of now, as the end of a day; return of how many offers."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    parameters = {"day": day, "at": at, "not_counted": list(NOT_COUNTED)}
    return rows_of(session.execute(_SAVE_DEFERRED, parameters))


def forget_old_days(session: Session, before: date) -> int:
    """Delete what accounts used on days of long ago; the sums of those days stay."""
    return rows_of(session.execute(text("DELETE FROM account_day WHERE day < :before"), {"before": before}))


_CLOSE_DAY = text("""
    WITH active AS (
        SELECT account_day.account, max(account_day.day) AS last_day,
               sum(seconds) FILTER (WHERE day = :day) AS seconds, sum(usages) FILTER (WHERE day = :day) AS usages
        FROM account_day
        WHERE day > CAST(:day AS date) - 30 AND day <= :day AND usages > 0
          AND NOT EXISTS (SELECT FROM account WHERE account.number = account_day.account AND account.is_test)
        GROUP BY account_day.account
    )
    INSERT INTO day_activity (day, counted_at, seconds, usages, of_day, of_week, of_month)
    SELECT :day, :at, coalesce(sum(seconds), 0), coalesce(sum(usages), 0), count(*) FILTER (WHERE last_day = :day),
           count(*) FILTER (WHERE last_day > CAST(:day AS date) - 7), count(*)
    FROM active
    ON CONFLICT (day) DO UPDATE
    SET counted_at = EXCLUDED.counted_at, seconds = EXCLUDED.seconds, usages = EXCLUDED.usages,
        of_day = EXCLUDED.of_day, of_week = EXCLUDED.of_week, of_month = EXCLUDED.of_month
""")

# As a refund would value it: what is left of the price, in proportion to the seconds, rounded down for each package.
_SAVE_DEFERRED = text("""
    WITH open AS (
        SELECT orders.id, orders.currency, orders.kind, orders.product, orders.price_minor, orders.granted_seconds,
               package.left_seconds + package.held_seconds + package.frozen_seconds AS seconds,
               orders.price_minor
               - coalesce((SELECT sum(amount_minor) FROM refund
                           WHERE refund.order_id = orders.id AND refund.status = 'succeeded'), 0)
               - coalesce((SELECT sum(amount_minor) FROM dispute
                           WHERE dispute.order_id = orders.id AND dispute.status = 'lost'), 0) AS kept_minor
        FROM package
        JOIN orders ON orders.package = package.number AND orders.account = package.account
        JOIN account ON account.number = orders.account
        WHERE package.left_seconds + package.held_seconds + package.frozen_seconds > 0 AND orders.price_minor > 0
          AND orders.gateway <> ALL(:not_counted) AND NOT account.is_test
    ), deferred AS (
        SELECT currency, kind, product, sum(seconds) AS seconds,
               sum(greatest(0, least(kept_minor, price_minor * seconds / granted_seconds))) AS minor
        FROM open GROUP BY 1, 2, 3
    ), moved AS (
        SELECT currency, kind, product, gross_minor - refunded_minor - lost_minor AS minor FROM bucket_money
        WHERE NOT is_test AND gateway <> ALL(:not_counted)
        UNION ALL
        SELECT currency, kind, product, gross_minor - refunded_minor - lost_minor FROM money_change
        WHERE NOT is_test AND gateway <> ALL(:not_counted)
    ), net AS (
        SELECT currency, kind, product, sum(minor) AS minor FROM moved GROUP BY 1, 2, 3
    )
    INSERT INTO day_deferred (day, taken_at, currency, kind, product, seconds, deferred_minor, net_minor)
    SELECT :day, :at, currency, kind, product, coalesce(deferred.seconds, 0), coalesce(deferred.minor, 0),
           coalesce(net.minor, 0)
    FROM deferred FULL JOIN net USING (currency, kind, product)
    ON CONFLICT DO NOTHING
""")
