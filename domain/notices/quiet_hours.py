"""Quiet hours: when an account is not to be disturbed, by the clocks where it lives."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

QUIET_FROM, QUIET_UNTIL = time(22), time(8)
"""For accounts that have not said otherwise."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """
    From one local time of day up to another, over midnight if the second is the earlier; none if they are equal.

    Without a time zone, UTC.
    """

    starts_at: time = QUIET_FROM
    ends_at: time = QUIET_UNTIL
    time_zone: str | None = None


def end_of_quiet(hours: QuietHours, *, now: datetime) -> datetime | None:
    """
    Return when the quiet hours that go on at a moment end; None outside of them.

    A time of day that the clocks skip counts as the moment after the jump; of one that they show twice, the next
    counts. So the end is always later than the moment.

    Args:
        hours: of the account.
        now: aware UTC moment.

    Returns:
        An aware UTC moment.
    """
    zone = ZoneInfo(hours.time_zone or "UTC")
    local = now.astimezone(zone)
    time_of_day = local.time()
    if not _contains(hours, time_of_day):
        return None
    day = local.date() + timedelta(days=time_of_day >= hours.ends_at)
    ends = (datetime.combine(day, hours.ends_at, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return next((end for end in ends if end > now), None)


def _contains(hours: QuietHours, at: time) -> bool:
    if hours.starts_at <= hours.ends_at:
        return hours.starts_at <= at < hours.ends_at
    return at >= hours.starts_at or at < hours.ends_at
