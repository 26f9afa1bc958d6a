"""The statement: an account's ledger, line by line, with what was left and why each burn fell where it did."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.minutes.burn import BurnPolicy
from domain.minutes.entry import DEBT_KINDS, Entry, EntryKind
from domain.minutes.package import Package, post
from domain.minutes.reason import Reason, reason_for


@dataclass(frozen=True, slots=True)
class Judged:
    """When a usage was judged, and by which policy."""

    at: datetime
    policy: BurnPolicy


@dataclass(frozen=True, slots=True)
class Line:
    """
    One entry, and how things stood after it.

    `left_seconds` is what its package had left, `debt_seconds` what the account owed;
    `reason` is there for burns.
    """

    entry: Entry
    left_seconds: int | None
    debt_seconds: int
    reason: Reason | None


def statement(packages: Iterable[Package], entries: Iterable[Entry], usages: Mapping[int, Judged]) -> Iterator[Line]:
    """
    Replay an account's ledger.

    Args:
        packages: every package of the account; what they hold now is not looked at.
        entries: every entry of the account, in the order of booking.
        usages: usage id -> when and how it was judged.

    Returns:
        A line for each entry, in the same order.
    """
    standing = {package.id: _emptied(package) for package in packages}
    debt_seconds = 0
    for entry in entries:
        if entry.package_id is None:
            debt_seconds += entry.seconds if entry.kind in DEBT_KINDS else 0
            yield Line(entry, None, debt_seconds, None)
            continue
        before = standing[entry.package_id]
        judged = usages.get(entry.usage_id or 0) if entry.kind is EntryKind.BURN else None
        reason = None
        if judged is not None:
            reason = reason_for(before, standing.values(), at=judged.at, policy=judged.policy)
        after = standing[entry.package_id] = post(before, entry)
        yield Line(entry, after.left_seconds, debt_seconds, reason)


def _emptied(package: Package) -> Package:
    return replace(
        package,
        granted_seconds=0,
        left_seconds=0,
        consumed_seconds=0,
        held_seconds=0,
        frozen_seconds=0,
        expired_seconds=0,
        voided_seconds=0,
    )
