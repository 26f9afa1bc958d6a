"""Time to empty: when an account's minutes will be used up, as a range of dates, never as a date too exact."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from domain.minutes.burn import BurnPolicy, burn
from domain.minutes.package import Package

WINDOW_DAYS = 28
MIN_KNOWN_DAYS = 7
MIN_ACTIVE_DAYS = 3
HORIZON_DAYS = 365
"""Nobody's habits last longer; what lasts beyond is "for a year at least"."""

_WEEK = 7

_WEIGHTS = (8_192, 7_420, 6_720, 6_087, 5_513, 4_993, 4_522)
"""8192 × 2^(-k/7) for the days of one week, back from yesterday: in whole numbers a half-life of seven days."""

_INSTANT = timedelta(microseconds=1)

_MENTIONED_SECONDS = 60
"""Less than a minute that expires unused is not worth a sentence."""


class Outlook(StrEnum):
    """What can be said of an account's minutes."""

    NOT_ENOUGH_DATA = "not_enough_data"
    EMPTY = "empty"
    RUNS_OUT = "runs_out"
    EXPIRES_UNUSED = "expires_unused"


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What will become of an account's minutes, in local dates.

    They will be used up between `earliest` (as in a busy week) and `latest` (as usual), which is None where that is
    more than a year away. `unused_seconds` will expire unused on `unused_on`, at the usual rate; 0 and None if nothing
    worth mentioning will.
    """

    outlook: Outlook
    earliest: date | None = None
    latest: date | None = None
    unused_seconds: int = 0
    unused_on: date | None = None


def forecast(
    packages: Iterable[Package],
    used_seconds: Sequence[int],
    *,
    at: datetime,
    zone: tzinfo,
    policy: BurnPolicy = BurnPolicy.OLDEST_FIRST,
) -> Forecast:
    """
    Forecast when the packages of one account will be used up, or what of them will expire unused.

    The usual rate is a mean of the days that weighs half for each week that has passed; the busy one is the 90th
    percentile of all seven-day sums, by the day. Both are simulated day by day, in burn order, with starts and ends.

    Args:
        packages: of one account, in any order.
        used_seconds: of each known local day, the last one yesterday, days without use included; 28 count at most.
        at: aware UTC moment of the forecast.
        zone: in which days begin.
        policy: the burn order.

    Source: domain/minutes/README.md, "Time to empty".
    """
    packages = tuple(packages)
    days = used_seconds[-WINDOW_DAYS:]
    if not any(package.is_eligible(at) for package in packages):
        return Forecast(Outlook.EMPTY)
    if len(days) < MIN_KNOWN_DAYS or sum(used > 0 for used in days) < MIN_ACTIVE_DAYS:
        return Forecast(Outlook.NOT_ENOUGH_DATA)
    usual = _run_down(packages, usual_rate(days), at=at, zone=zone, policy=policy)
    busy = _run_down(packages, busy_rate(days), at=at, zone=zone, policy=policy)
    if usual.unused_seconds >= _MENTIONED_SECONDS:
        return Forecast(
            Outlook.EXPIRES_UNUSED, busy.emptied_on, usual.emptied_on, usual.unused_seconds, usual.unused_on
        )
    if busy.emptied_on is None:
        return Forecast(Outlook.RUNS_OUT, earliest=_local_day(at, zone) + timedelta(days=HORIZON_DAYS))
    latest = usual.emptied_on
    if latest is not None and latest == busy.emptied_on:
        latest += timedelta(days=1)
    return Forecast(Outlook.RUNS_OUT, busy.emptied_on, latest)


def usual_rate(used_seconds: Sequence[int]) -> int:
    """Return the seconds of a usual day, rounded up: an exponentially weighted mean with a half-life of seven days."""
    weights = [_WEIGHTS[back % _WEEK] >> back // _WEEK for back in range(len(used_seconds))]
    weighted = sum(weight * used for weight, used in zip(weights, reversed(used_seconds), strict=True))
    return -(-weighted // sum(weights))


def busy_rate(used_seconds: Sequence[int]) -> int:
    """
    Return the seconds of a day in a busy week, rounded up: the 90th percentile (nearest rank) of seven-day sums.

    Never less than the usual rate, which may be higher where use has just begun to grow.

    Args:
        used_seconds: of at least seven days.
    """
    sums = sorted(sum(used_seconds[day : day + _WEEK]) for day in range(len(used_seconds) - _WEEK + 1))
    percentile = sums[-(-9 * len(sums) // 10) - 1]
    return max(-(-percentile // _WEEK), usual_rate(used_seconds))


def seconds_by_day(
    used: Iterable[tuple[datetime, int]], *, known_since: datetime, at: datetime, zone: tzinfo
) -> tuple[int, ...]:
    """
    Return the seconds of each local day before today, as `forecast` wants them.

    Args:
        used: aware moments with the seconds that were used then, in any order.
        known_since: aware; days before it are not known, and left out.
        at: aware moment; its day is not over and is left out.
        zone: in which days begin.
    """
    today = _local_day(at, zone)
    known = max((today - _local_day(known_since, zone)).days, 0)
    days = [0] * min(known, WINDOW_DAYS)
    for moment, seconds in used:
        back = (today - _local_day(moment, zone)).days
        if 1 <= back <= len(days):
            days[-back] += seconds
    return tuple(days)


@dataclass(frozen=True, slots=True)
class _RunDown:
    """When nothing is left to burn, None within the horizon never; and what ends first with something left."""

    emptied_on: date | None
    unused_seconds: int = 0
    unused_on: date | None = None


def _run_down(
    packages: Sequence[Package], per_day_seconds: int, *, at: datetime, zone: tzinfo, policy: BurnPolicy
) -> _RunDown:
    left = {package.id: package for package in packages if package.left_seconds}
    unused_seconds, unused_on = 0, None
    for stretch in _stretches(packages, at, zone):
        ended = [package for package in left.values() if package.has_ended(stretch.begin)]
        for package in ended:
            del left[package.id]
            if package.expires_at is not None and package.expires_at > at and unused_on in (None, stretch.day):
                unused_seconds, unused_on = unused_seconds + package.left_seconds, stretch.day
        wanted_seconds = stretch.share(per_day_seconds)
        live = [package for package in left.values() if package.is_eligible(stretch.begin)]
        if live and wanted_seconds:
            for burnt in burn(wanted_seconds, live, at=stretch.begin, policy=policy).burns:
                package = left[burnt.package_id]
                left[package.id] = replace(package, left_seconds=package.left_seconds - burnt.seconds)
        if not any(package.is_eligible(stretch.begin) for package in left.values()):
            return _RunDown(stretch.day, unused_seconds, unused_on)
    return _RunDown(None, unused_seconds, unused_on)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a local day, from `begin` to `end`, in which no package starts or ends."""

    day: date
    begin: datetime
    end: datetime
    midnight: datetime
    next_midnight: datetime

    def share(self, per_day_seconds: int) -> int:
        """Return how much of a day's seconds falls into it; all stretches of a day together have exactly all."""
        length, begin, end = (
            (moment - self.midnight) // _INSTANT for moment in (self.next_midnight, self.begin, self.end)
        )
        return per_day_seconds * end // length - per_day_seconds * begin // length


def _stretches(packages: Sequence[Package], at: datetime, zone: tzinfo) -> Iterator[_Stretch]:
    """Go through the coming year: local days, cut where a package starts or ends."""
    ends = {package.expires_at for package in packages if package.expires_at is not None}
    cuts = sorted(ends | {package.activated_at for package in packages})
    today = _local_day(at, zone)
    for number in range(HORIZON_DAYS + 1):
        day = today + timedelta(days=number)
        midnight, next_midnight = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        begin = max(midnight, at)
        if begin >= next_midnight:
            # A zone that has crossed the date line skipped this day.
            continue
        inner = [cut for cut in cuts if begin < cut < next_midnight]
        for start, end in zip([begin, *inner], [*inner, next_midnight], strict=True):
            yield _Stretch(day, start, end, midnight, next_midnight)


def _local_day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
