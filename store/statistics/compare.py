"""Comparing days: what orders promise with the ledger's grants, what Screph reports with what is booked."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

MOST_DAYS = 100
"""Days with a difference that are compared again; more of them are repaired one after the other."""


def days_to_compare(session: Session, zone: str, *, today: date, back: int) -> list[date]:
    """
    Return the days whose usage is to be compared: the last ones, those reported lately, and those that differ.

    Args:
        session: any.
        zone: whose days count.
        today: is not over, and not among them.
        back: how many days are compared whether anything has come or not.
    """
    parameters = {"zone": zone, "today": today, "back": back, "most": MOST_DAYS}
    return list(session.execute(_DAYS, parameters).scalars())


def compare_usage(session: Session, day: date, zone: str, *, ends_at: datetime, at: datetime) -> int | None:
    """
    Compare a day's usage, account by account, and save what differs.

    Args:
        session: a transaction.
        day: one of the zone.
        zone: whose days count; reports by another one's are left out.
        ends_at: aware UTC, the end of the day.
        at: aware UTC moment of the comparison.

    Returns:
        How many accounts differ; None: nobody has reported the day, or what was booked is not counted up to the newest
        report yet, so that nothing can be said.
    """
    session.execute(text("SET LOCAL statement_timeout = 0"))
    parameters = {"day": day, "zone": zone, "ends_at": ends_at, "at": at}
    if not session.execute(_IS_COMPARABLE, parameters).scalar_one():
        return None
    session.execute(_FORGET, parameters)
    session.execute(_DIFFER, parameters)
    return int(session.execute(_SUM_UP, parameters).scalar_one())


def compare_grants(session: Session, day: date, *, bounds: tuple[datetime, datetime], at: datetime) -> int:
    """
    Compare what the orders paid on a UTC day promise with what the ledger has granted for them, and save the sums.

    Args:
        session: a transaction.
        day: in UTC, by the gateways' moments of payment.
        bounds: its midnights, aware UTC.
        at: aware UTC moment of the comparison.

    Returns:
        How many orders got other seconds than they promise.
    """
    session.execute(text("SET LOCAL statement_timeout = 0"))
    since, until = bounds
    parameters = {"day": day, "since": since, "until": until, "at": at}
    session.execute(text("DELETE FROM grant_sum WHERE day = :day"), parameters)
    return sum(int(differing) for differing in session.execute(_GRANTS, parameters).scalars())


def forget_old_comparisons(session: Session, before: date) -> None:
    """Delete what Screph's log says of days of long ago, and which accounts differed; the sums of those days stay."""
    for table in ("usage_day", "usage_difference"):
        session.execute(text(f"DELETE FROM {table} WHERE day < :before"), {"before": before})


def differing_days(session: Session) -> Iterable[date]:
    """Return the UTC days on which orders got other seconds than they promise, the oldest first."""
    return session.execute(_GRANTS_DIFFER, {"most": MOST_DAYS}).scalars().all()


_DAYS = text("""
    SELECT day FROM (
        SELECT CAST(:today AS date) - back AS day FROM generate_series(1, :back) AS back
        UNION
        SELECT day FROM usage_day
        WHERE recorded_at >= (SELECT coalesce(max(compared_at), '-infinity') - interval '2 hours' FROM usage_sum)
        UNION
        (SELECT day FROM usage_sum WHERE differing > 0 ORDER BY day LIMIT :most)
    ) AS wanted WHERE day < :today ORDER BY day
""")

_IS_COMPARABLE = text("""
    SELECT coalesce((SELECT max(recorded_at) FROM usage_day WHERE day = :day AND time_zone = :zone) <= activity_until
                    AND CAST(:ends_at AS timestamptz) <= activity_until AND zone = :zone, false)
    FROM (VALUES (1)) AS one LEFT JOIN statistics_state ON true
""")

_FORGET = text("DELETE FROM usage_difference WHERE day = :day")

_BOTH = """
    (SELECT account, seconds FROM usage_day WHERE day = :day AND time_zone = :zone) AS reported
    FULL JOIN (SELECT account, seconds FROM account_day WHERE day = :day AND usages > 0) AS booked USING (account)
"""

_DIFFER = text(f"""
    INSERT INTO usage_difference (day, account, reported_seconds, booked_seconds)
    SELECT :day, account, reported.seconds, booked.seconds FROM {_BOTH}
    WHERE coalesce(reported.seconds, 0) <> coalesce(booked.seconds, 0)
""")

_SUM_UP = text(f"""
    INSERT INTO usage_sum (day, compared_at, reported_seconds, booked_seconds, missing_seconds, surplus_seconds,
                           accounts, differing)
    SELECT :day, :at, coalesce(sum(reported.seconds), 0), coalesce(sum(booked.seconds), 0),
           coalesce(sum(greatest(coalesce(reported.seconds, 0) - coalesce(booked.seconds, 0), 0)), 0),
           coalesce(sum(greatest(coalesce(booked.seconds, 0) - coalesce(reported.seconds, 0), 0)), 0),
           count(reported.seconds),
           count(*) FILTER (WHERE coalesce(reported.seconds, 0) <> coalesce(booked.seconds, 0))
    FROM {_BOTH}
    ON CONFLICT (day) DO UPDATE
    SET compared_at = EXCLUDED.compared_at, reported_seconds = EXCLUDED.reported_seconds,
        booked_seconds = EXCLUDED.booked_seconds, missing_seconds = EXCLUDED.missing_seconds,
        surplus_seconds = EXCLUDED.surplus_seconds, accounts = EXCLUDED.accounts, differing = EXCLUDED.differing
    RETURNING differing
""")

PAID = """
    gateway AS (
        (SELECT gateway FROM orders WHERE status = 'paid' ORDER BY gateway LIMIT 1)
        UNION ALL
        SELECT (SELECT gateway FROM orders WHERE status = 'paid' AND gateway > gateway.gateway ORDER BY gateway LIMIT 1)
        FROM gateway WHERE gateway.gateway IS NOT NULL
    ), paid AS MATERIALIZED (
        SELECT orders.id, orders.gateway, orders.account, orders.package, orders.bonus_package, orders.recorded_at,
               orders.granted_seconds + CASE WHEN orders.bonus_package IS NULL THEN 0 ELSE orders.bonus_seconds END
                   AS promised
        FROM gateway JOIN orders ON orders.gateway = gateway.gateway
        WHERE orders.status = 'paid' AND orders.paid_at >= :since AND orders.paid_at < :until
    ), granted AS MATERIALIZED (
        SELECT package, account, sum(seconds) AS seconds FROM entry
        WHERE kind = 'grant' AND booked_at >= (SELECT min(recorded_at) - interval '1 hour' FROM paid)
          AND booked_at <= (SELECT max(recorded_at) + interval '1 hour' FROM paid)
        GROUP BY 1, 2
    ), each_order AS (
        SELECT paid.id, paid.gateway, paid.account, paid.promised,
               coalesce(bought.seconds, 0) + coalesce(bonus.seconds, 0) AS granted
        FROM paid LEFT JOIN granted AS bought ON bought.package = paid.package AND bought.account = paid.account
        LEFT JOIN granted AS bonus ON bonus.package = paid.bonus_package AND bonus.account = paid.account
    )
"""
"""Orders that were paid in a period, with what the ledger granted for each; booked when they were recorded."""

_GRANTS = text(f"""
    WITH RECURSIVE {PAID}
    INSERT INTO grant_sum (day, gateway, compared_at, orders, promised_seconds, granted_seconds, differing)
    SELECT :day, gateway, :at, count(*), sum(promised), sum(granted), count(*) FILTER (WHERE promised <> granted)
    FROM each_order GROUP BY gateway
    RETURNING differing
""")

_GRANTS_DIFFER = text("SELECT DISTINCT day FROM grant_sum WHERE differing > 0 ORDER BY day LIMIT :most")
