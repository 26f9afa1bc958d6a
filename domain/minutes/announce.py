"""Announcing: what is said of a package as time goes by: its start, two warnings before its end, and its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.minutes.package import Package

WARNING_DAYS = (7, 1)
"""So many days before its end a package with minutes left is warned of; the first one first."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """
    What is to be said of a package at one moment.

    `warning_days` is the warning that is due, 7 or 1, if any. `next_at` is the moment of what is said next, None when
    everything is said.
    """

    has_started: bool = False
    has_ended: bool = False
    warning_days: int | None = None
    next_at: datetime | None = None


def first_announcement_at(package: Package, *, now: datetime) -> datetime | None:
    """
    Return the moment of the first announcement of a new package; None if nothing will ever be said of it.

    A start is announced only when it lies ahead, a warning only when the package did not begin within it: whoever has
    just got a package for three days needs no warning about seven. The end is always announced.

    Args:
        package: as it is granted.
        now: aware UTC moment of the grant.

    Source: domain/minutes/README.md, "Expiry".
    """
    return next((at for at, _ in _moments(package) if at > now), package.expires_at)


def announcement(package: Package, *, since: datetime, now: datetime) -> Announcement:
    """
    Decide what is said of a package now.

    Whoever comes late says only what is still true: of two warnings the later one, of a package that has ended its
    end. A start is said in any case, for programs that count packages.

    Args:
        package: with something left.
        since: aware UTC moment from which on nothing was said yet, as `first_announcement_at` or `next_at` gave it.
        now: aware UTC moment; nothing later is said.

    Source: domain/minutes/README.md, "Expiry".
    """
    moments = list(_moments(package))
    due = [(at, days) for at, days in moments if since <= at <= now]
    has_ended = package.has_ended(now)
    warnings = [days for _, days in due if days]
    return Announcement(
        has_started=any(at == package.activated_at for at, _ in due),
        has_ended=has_ended,
        warning_days=None if has_ended else min(warnings, default=None),
        next_at=next((at for at, _ in moments if at > now), None),
    )


def _moments(package: Package) -> Iterator[tuple[datetime, int]]:
    """Go through the moments at which something may be said, in order, with the days of a warning or 0."""
    yield package.activated_at, 0
    if package.expires_at is None:
        return
    for days in WARNING_DAYS:
        # First the difference: so early a moment that a week before it is none would be an error.
        if package.expires_at - package.activated_at > timedelta(days=days):
            yield package.expires_at - timedelta(days=days), days
    yield package.expires_at, 0
