"""The statement: an account's ledger read backwards, with what was left and owed after each line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.minutes.entry import DEBT_KINDS, Entry


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stood at one point of its ledger: seconds left by package, if any, and its debt."""

    left_seconds: Mapping[str, int] = field(default_factory=dict)
    debt_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, and how things stood after it: `left_seconds` of its package, `debt_seconds` of the account."""

    entry: Entry
    left_seconds: int | None
    debt_seconds: int


def walk_back(entries: Iterable[Entry], standing: Standing) -> tuple[tuple[Line, ...], Standing]:
    """
    Go back through a part of a ledger, undoing line by line.

    Args:
        entries: of one account, the newest first.
        standing: how the account stood after the newest of them.

    Returns:
        A line for each entry, in the same order; and how the account stood before the oldest of them.
    """
    left, debt_seconds = dict(standing.left_seconds), standing.debt_seconds
    lines = []
    for entry in entries:
        if entry.package_id is None:
            lines.append(Line(entry, None, debt_seconds))
            debt_seconds -= entry.seconds if entry.kind in DEBT_KINDS else 0
        else:
            after = left.get(entry.package_id, 0)
            lines.append(Line(entry, after, debt_seconds))
            left[entry.package_id] = after - entry.seconds
    return tuple(lines), Standing({package: seconds for package, seconds in left.items() if seconds}, debt_seconds)
