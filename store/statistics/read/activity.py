"""Activity: who used anything, by day, week and month. Definitions: domain/statistics/README.md, "Activity"."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class ActiveDay:
    """
    A day that is over: accounts that were active on it, in the 7 and in the 30 days that end with it; seconds and
    usages by the moments at which they happened; and accounts that used and paid for the first time.
    """

    day: date
    of_day: int
    of_week: int
    of_month: int
    seconds: int
    usages: int
    first_used: int
    first_paid: int

    @property
    def stickiness(self) -> float | None:
        """Which part of a month's accounts was active on the day; None: nobody was active in that month."""
        return self.of_day / self.of_month if self.of_month else None


def read_activity(session: Session, days: Days) -> list[ActiveDay]:
    """Return the days of a period that are over, the oldest first."""
    return [ActiveDay(**row) for row in session.execute(_DAYS, period(days)).mappings()]


# Some pay before anybody has used anything; a day that is not over has no row of activity yet.
_DAYS = text("""
    SELECT day, coalesce(of_day, 0) AS of_day, coalesce(of_week, 0) AS of_week, coalesce(of_month, 0) AS of_month,
           coalesce(seconds, 0) AS seconds, coalesce(usages, 0) AS usages,
           coalesce(first_used, 0) AS first_used, coalesce(first_paid, 0) AS first_paid
    FROM day_activity FULL JOIN day_first USING (day)
    WHERE day BETWEEN :first AND :last AND day <= (SELECT max(day) FROM day_activity) ORDER BY day
""")
