"""The sheet of retention. What each figure is: domain/statistics/README.md, "Retention"."""

from domain.statistics.period import Days
from store.engine import Session
from store.statistics.read.retention import Cohort, read_cohorts
from web.admin.figures import Column, Sheet, Unit, Value

MOST_MONTHS = 12
"""Months after the first one that are shown."""

DEFINITION = (
    "A cohort are the accounts that paid, or used anything, for the first time in one month of the business zone. "
    "Under 1 stands which part of them used anything, or paid, in the month after, and so on; 0 is the month in which "
    "they began. A month is counted three days after it is over, for usage may be heard of late, and says nothing "
    "before. Accounts for tests are left out."
)


def retention(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of retention; the currency does not matter."""
    used_again = read_cohorts(session, days, began="used", did="used")
    return Sheet(
        title="Retention",
        columns=_columns("first_paid"),
        rows=_rows(read_cohorts(session, days, began="paid", did="used")),
        charted="month_1",
        drawn="Who used again one month later (column 1), by the month in which they began",
        definition=DEFINITION,
        caption="Began by paying, used again",
        parts=(
            Sheet("Began by using, used again", _columns("first_used"), _rows(used_again), ""),
            Sheet(
                "Began by paying, paid again",
                _columns("first_paid"),
                _rows(read_cohorts(session, days, began="paid", did="paid")),
                "",
            ),
        ),
    )


def _columns(rows: str) -> tuple[Column, ...]:
    months = (Column(f"month_{number}", f"{number}", Unit.HEAT) for number in range(MOST_MONTHS + 1))
    return (Column("cohort", "Began in", Unit.TEXT, filters="month"), Column("size", "Accounts", rows=rows), *months)


def _rows(cohorts: list[Cohort]) -> tuple[tuple[Value, ...], ...]:
    numbers = range(MOST_MONTHS + 1)
    return tuple((f"{one.month:%Y-%m}", one.size, *(one.shares.get(number) for number in numbers)) for one in cohorts)
