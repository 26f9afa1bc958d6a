"""Periods of time, half-open: the start belongs to them, the end does not; and the calendar of those that repeat."""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class PeriodUnit(StrEnum):
    """How long a period is that is paid for again and again."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts_at` up to, and without, `ends_at`; None means without end. Aware UTC."""

    starts_at: datetime
    ends_at: datetime | None = None

    def contains(self, at: datetime) -> bool:
        """Tell whether one moment lies inside."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def has_ended(self, at: datetime) -> bool:
        """Tell whether the period is over at one moment; at its end it is over."""
        return self.ends_at is not None and self.ends_at <= at


def boundary(anchor_at: datetime, unit: PeriodUnit, count: int) -> datetime:
    """
    Return the moment that lies `count` periods after an anchor.

    A month keeps the anchor's day, or ends on its last day where it has no such day: after 31 January come 28 or 29
    February and 31 March. Counting from the anchor, not from the period before, is what brings the 31st back.

    Args:
        anchor_at: aware UTC; its day and its time of day are those of every boundary.
        unit: of the periods.
        count: how many; 0 is the anchor itself.
    """
    match unit:
        case PeriodUnit.DAY:
            return anchor_at + timedelta(days=count)
        case PeriodUnit.WEEK:
            return anchor_at + timedelta(weeks=count)
        case PeriodUnit.MONTH:
            return _months_later(anchor_at, count)
        case PeriodUnit.YEAR:
            return _months_later(anchor_at, 12 * count)


def end_of_period(anchor_at: datetime, unit: PeriodUnit, starts_at: datetime) -> datetime:
    """
    Return the end of a period: the first boundary after its start.

    Args:
        anchor_at: aware UTC moment from which the periods are counted, not after `starts_at`.
        unit: of the periods.
        starts_at: aware UTC.
    """
    count = max(0, _periods_between(anchor_at, unit, starts_at) - 1)
    while (end := boundary(anchor_at, unit, count)) <= starts_at:
        count += 1
    return end


def _months_later(anchor_at: datetime, months: int) -> datetime:
    year, month = divmod(anchor_at.year * 12 + anchor_at.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return anchor_at.replace(year=year, month=month + 1, day=min(anchor_at.day, last_day))


def _periods_between(anchor_at: datetime, unit: PeriodUnit, at: datetime) -> int:
    months = (at.year - anchor_at.year) * 12 + at.month - anchor_at.month
    match unit:
        case PeriodUnit.DAY:
            return (at - anchor_at).days
        case PeriodUnit.WEEK:
            return (at - anchor_at).days // 7
        case PeriodUnit.MONTH:
            return months
        case PeriodUnit.YEAR:
            return months // 12
