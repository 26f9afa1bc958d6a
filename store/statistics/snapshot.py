"""Days that are over: who was active."""

from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from store.statistics.count import rows_of

KEPT_DAYS = 800
"""Days of which it is known what each account used, here and in Screph's log: 26 months."""


def first_active_day(session: Session) -> date | None:
    """Return the first day on which anything was used."""
    first: date | None = session.execute(text("SELECT min(day) FROM account_day")).scalar_one()
    return first


def close_day(session: Session, day: date, *, at: datetime) -> None:
    """Count the accounts that were active on a day that is over, and in the 7 and 30 days that end with it."""
    session.execute(_CLOSE_DAY, {"day": day, "at": at})


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
