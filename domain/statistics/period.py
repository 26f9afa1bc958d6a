"""The period of a page of figures: whole days of the business zone, as moments, and what it is compared with."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)
"""Beyond them there is no business, and midnights and days before may be no moments at all."""


@dataclass(frozen=True, slots=True)
class Days:
    """
    Days of one zone, from `first` to `last`, both of them included.

    A day is from local midnight to the next, so it has 23 or 25 hours where clocks change.
    """

    first: date
    last: date
    zone: str

    @property
    def count(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def starts_at(self) -> datetime:
        """Aware UTC; belongs to the period."""
        return midnight(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        """Aware UTC; does not belong to it."""
        return midnight(self.last + timedelta(days=1), self.zone)

    def until(self, last: date) -> "Days":
        """Return the part up to a day, at least the first day: a running period is compared with as many days."""
        return Days(self.first, max(self.first, min(self.last, last)), self.zone)

    @property
    def before(self) -> "Days":
        """As many days right before."""
        return Days(self.first - timedelta(days=self.count), self.first - timedelta(days=1), self.zone)

    def each(self) -> list[date]:
        """Return every day."""
        return [self.first + timedelta(days=number) for number in range(self.count)]


def midnight(day: date, zone: str) -> datetime:
    """
    Return the moment, aware UTC, at which a day begins in a zone.

    Where midnight does not exist because the clock is put forward, the day begins with the first moment that does.
    """
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_of(at: datetime, zone: str) -> date:
    """Return the day of a zone in which a moment lies."""
    return at.astimezone(ZoneInfo(zone)).date()
