"""Packages and entries with everything filled in that a test is not about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.minutes.entry import Entry, EntryKind
from domain.minutes.grant import new_package
from domain.minutes.package import Package, PackageKind, PackageState

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def package(
    package_id: str = "package",
    left_seconds: int = 600,
    *,
    consumed_seconds: int = 0,
    kind: PackageKind = PackageKind.PURCHASED,
    priority: int | None = None,
    activated_at: datetime = NOON - DAY,
    expires_at: datetime | None = None,
    state: PackageState = PackageState.ACTIVE,
) -> Package:
    """A package that was granted what is left in it and what was consumed of it."""
    empty = new_package(
        package_id, "account", kind=kind, activated_at=activated_at, expires_at=expires_at, priority=priority
    )
    return replace(
        empty,
        granted_seconds=left_seconds + consumed_seconds,
        left_seconds=left_seconds,
        consumed_seconds=consumed_seconds,
        state=state,
    )


def entry(kind: EntryKind, seconds: int, package_id: str | None = None, *, usage_id: int | None = None) -> Entry:
    """An entry that message 1 caused at noon."""
    return Entry(kind, seconds, NOON, 1, package_id, usage_id)
