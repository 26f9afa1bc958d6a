"""A package of seconds, and the one function by which an entry changes it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.minutes.entry import Entry, EntryKind
from domain.periods import Period


class PackageKind(StrEnum):
    """How an account came by a package."""

    PURCHASED = "purchased"
    SUBSCRIPTION = "subscription"
    PROMO = "promo"
    BONUS = "bonus"
    SUPPORT = "support"


class PackageState(StrEnum):
    """Whether a package may be burnt at all, whatever the time."""

    ACTIVE = "active"
    FROZEN = "frozen"
    VOIDED = "voided"


class UnableToPost(ValueError):
    """An entry does not fit the package it names."""


@dataclass(frozen=True, slots=True)
class Package:
    """
    Seconds that an account owns.

    At every moment granted = left + consumed + held + frozen + expired + voided; all are
    whole seconds >= 0. Lower `priority` burns first. `expires_at` is exclusive, None never.
    """

    id: str
    account_id: str
    kind: PackageKind
    priority: int
    activated_at: datetime
    expires_at: datetime | None
    granted_seconds: int = 0
    left_seconds: int = 0
    consumed_seconds: int = 0
    held_seconds: int = 0
    frozen_seconds: int = 0
    expired_seconds: int = 0
    voided_seconds: int = 0
    state: PackageState = PackageState.ACTIVE

    @property
    def period(self) -> Period:
        """The time in which the package may be burnt."""
        return Period(self.activated_at, self.expires_at)

    def is_eligible(self, at: datetime) -> bool:
        """Tell whether a debit may burn this package at one moment."""
        # Written out rather than through `period`: this is asked for every package of every usage.
        return (
            self.left_seconds > 0
            and self.state is PackageState.ACTIVE
            and self.activated_at <= at
            and (self.expires_at is None or at < self.expires_at)
        )

    def has_ended(self, at: datetime) -> bool:
        """Tell whether the package's time is over at one moment."""
        return self.period.has_ended(at)


def post(package: Package, entry: Entry) -> Package:
    """
    Return the package as it stands after one entry.

    Args:
        package: the package that the entry names.
        entry: an entry with a package, its sign as README.md says.

    Raises:
        UnableToPost: the entry takes more than is there, or is not a package's entry.

    Source: domain/minutes/README.md, "Entries".
    """
    seconds = entry.seconds
    left = package.left_seconds + seconds
    if left < 0:
        raise UnableToPost(
            f"{entry.kind} of {seconds} s leaves package {package.id} with {left} s; at least 0 must be left"
        )
    match entry.kind:
        case EntryKind.BURN | EntryKind.SETTLE | EntryKind.GIVE_BACK:
            consumed = package.consumed_seconds - seconds
            if consumed < 0:
                raise UnableToPost(
                    f"giving back {seconds} s to package {package.id}, of which only "
                    f"{package.consumed_seconds} s were consumed"
                )
            return replace(package, left_seconds=left, consumed_seconds=consumed)
        case EntryKind.GRANT:
            granted = package.granted_seconds + seconds
            return replace(package, left_seconds=left, granted_seconds=granted)
        case EntryKind.EXPIRE:
            expired = package.expired_seconds - seconds
            return replace(package, left_seconds=left, expired_seconds=expired)
        case EntryKind.VOID:
            voided = package.voided_seconds - seconds
            return replace(package, left_seconds=left, voided_seconds=voided)
        case EntryKind.FREEZE:
            frozen = package.frozen_seconds - seconds
            return replace(package, left_seconds=left, frozen_seconds=frozen)
        case _:
            raise UnableToPost(f"{entry.kind} is not an entry of a package")
