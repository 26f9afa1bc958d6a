"""Retention: which part of those who began in a month is still there later. README.md, "Retention"."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days


@dataclass(frozen=True, slots=True)
class Cohort:
    """
    Accounts that began in one month, and which part of them did something in later ones.

    `shares` are by the number of the month, 0 for the cohort's own; a month that is not over, or not counted, has none.
    """

    month: date
    size: int
    shares: dict[int, float]


def read_cohorts(session: Session, days: Days, *, began: str, did: str) -> list[Cohort]:
    """
    Return the cohorts of which a day lies in a period, the oldest first.

    Args:
        session: any.
        days: the period.
        began: `paid` or `used`: what they did for the first time in their month.
        did: `paid` or `used`: what they did later.
    """
    parameters = {"first": days.first.replace(day=1), "last": days.last, "began": began, "did": did}
    found: dict[date, Cohort] = {}
    for row in session.execute(_CELLS, parameters):
        cohort = found.setdefault(row.cohort, Cohort(row.cohort, row.size, {}))
        number = 12 * (row.month.year - row.cohort.year) + row.month.month - row.cohort.month
        cohort.shares[number] = row.accounts / row.size
    return list(found.values())


# The size as it was counted last.
_CELLS = text("""
    SELECT month, cohort, size, accounts FROM month_retention
    WHERE cohort BETWEEN :first AND :last AND began = :began AND did = :did ORDER BY cohort, month DESC
""")
