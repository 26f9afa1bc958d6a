"""A package of seconds, and the one function by which an entry changes it."""

from dataclasses import dataclass
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


# Never changed, yet not frozen: that would make its making several times as long, and there is one for every usage.
@dataclass(slots=True)
class Package:
    """
    Seconds that an account owns.

    At every moment granted = left + consumed + held + frozen + expired + voided; all are
    whole seconds >= 0. Lower `priority` burns first. `expires_at` is exclusive, None never.
    `number` is the store's own number of the package; None until it is stored.
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
    number: int | None = None

    @property
    def is_sound(self) -> bool:
        """Tell whether no number of the package is below zero."""
        return (
            self.left_seconds >= 0
            and self.consumed_seconds >= 0
            and self.expired_seconds >= 0
            and self.frozen_seconds >= 0
            and self.voided_seconds >= 0
        )

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
        UnableToPost: the entry takes more than is there, has the wrong sign, or is not a package's entry.

    Source: domain/minutes/README.md, "Entries".
    """
    seconds = entry.seconds
    granted_seconds, consumed_seconds = package.granted_seconds, package.consumed_seconds
    frozen_seconds, voided_seconds = package.frozen_seconds, package.voided_seconds
    expired_seconds = package.expired_seconds
    match entry.kind:
        case EntryKind.BURN | EntryKind.SETTLE | EntryKind.GIVE_BACK:
            consumed_seconds -= seconds
        case EntryKind.GRANT:
            granted_seconds += seconds
        case EntryKind.EXPIRE:
            expired_seconds -= seconds
        case EntryKind.VOID:
            voided_seconds -= seconds
        case EntryKind.FREEZE | EntryKind.UNFREEZE:
            frozen_seconds -= seconds
        case _:
            raise UnableToPost(f"{entry.kind} is not an entry of a package")
    # Written out: `dataclasses.replace` takes three times as long, and this is done for every burn.
    after = Package(
        package.id,
        package.account_id,
        package.kind,
        package.priority,
        package.activated_at,
        package.expires_at,
        granted_seconds,
        package.left_seconds + seconds,
        consumed_seconds,
        package.held_seconds,
        frozen_seconds,
        expired_seconds,
        voided_seconds,
        package.state,
        package.number,
    )
    if _has_wrong_sign(entry) or not after.is_sound:
        raise UnableToPost(
            f"{entry.kind} of {seconds} s does not fit package {package.id}, which has "
            f"{package.left_seconds} s left and {package.consumed_seconds} s consumed"
        )
    return after


def _has_wrong_sign(entry: Entry) -> bool:
    gives = entry.kind in (EntryKind.GRANT, EntryKind.GIVE_BACK, EntryKind.UNFREEZE)
    return entry.seconds <= 0 if gives else entry.seconds >= 0
