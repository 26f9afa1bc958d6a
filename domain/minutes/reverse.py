"""Reversing: giving back what one usage took, in reverse order, to where it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.minutes.entry import DEBT_KINDS, Entry, EntryKind
from domain.minutes.package import Package, PackageState


@dataclass(frozen=True, slots=True)
class Reversal:
    """
    The entries of a correction, in booking order.

    `given_back_seconds` went back to packages, `expired_again_seconds` of them ended at
    once; `cancelled_debt_seconds` were owed until now and are cancelled. `unforgiven_seconds` were forgiven until now.
    """

    entries: tuple[Entry, ...]
    given_back_seconds: int
    expired_again_seconds: int
    cancelled_debt_seconds: int
    unforgiven_seconds: int = 0


def reverse(
    booked: Sequence[Entry],
    packages: Mapping[str, Package],
    *,
    usage_id: int,
    message_id: int,
    now: datetime,
) -> Reversal:
    """
    Undo one usage.

    Args:
        booked: every entry of the usage, in the order of booking; not yet reversed.
        packages: the packages those entries name, by id, as they stand now.
        usage_id: the usage.
        message_id: the message that asks for the correction.
        now: aware UTC moment of the correction; a package that has ended by then takes
            back its seconds and lets them expire again at once.

    Source: domain/minutes/README.md, "Reversal".
    """
    entries: list[Entry] = []
    given_back = expired_again = debt = unforgiven = 0

    def write(kind: EntryKind, seconds: int, package_id: str | None = None) -> None:
        entries.append(Entry(kind, seconds, now, message_id, package_id, usage_id))

    for entry in reversed(booked):
        if entry.kind in DEBT_KINDS:
            debt += entry.seconds
        elif entry.kind is EntryKind.FORGIVEN:
            write(EntryKind.FORGIVEN, -entry.seconds)
            unforgiven += entry.seconds
        elif entry.kind in (EntryKind.BURN, EntryKind.SETTLE):
            package = packages[entry.package_id or ""]
            write(EntryKind.GIVE_BACK, -entry.seconds, package.id)
            given_back -= entry.seconds
            if package.state is PackageState.VOIDED:
                write(EntryKind.VOID, entry.seconds, package.id)
            elif package.state is PackageState.FROZEN:
                write(EntryKind.FREEZE, entry.seconds, package.id)
            elif package.has_ended(now):
                write(EntryKind.EXPIRE, entry.seconds, package.id)
                expired_again -= entry.seconds
    if debt:
        write(EntryKind.DEBT_CANCELLED, -debt)
    return Reversal(tuple(entries), given_back, expired_again, debt, unforgiven)
