"""Booked usages: found for a correction, and marked as reversed."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from domain.ids import message_key
from domain.minutes.entry import Entry
from store.minutes.chain import caused_by, later_entries
from store.tables import InboxRow


@dataclass(frozen=True, slots=True)
class BookedUsage:
    """
    A usage in the store, with its entries in the order of booking; `account` is its account's number.

    `judged_at` is the moment at which its packages were judged.
    """

    id: int
    account: int
    reversed_by: int | None
    judged_at: datetime
    entries: tuple[Entry, ...]


def find_usage(session: Session, *, source: str, event_id: str) -> BookedUsage | None:
    """
    Find a usage by the key of the message that reported it.

    To be asked with the account's book open, whose lock keeps the answer true.
    """
    row = session.exec(
        select(InboxRow)
        .where(InboxRow.key == message_key(source, event_id).hex(), col(InboxRow.used_seconds).is_not(None))
        .order_by(col(InboxRow.id))
    ).first()
    if row is None or row.id is None:
        return None
    lines = [
        *caused_by(session, row.id, account=row.account, last_entry_id=row.entry_id),
        *later_entries(session, row.id, account=row.account),
    ]
    entries = tuple(line.entry for line in lines)
    judged_at = row.judged_at or row.occurred_at
    assert judged_at is not None
    return BookedUsage(row.id, row.account, row.reversed_by, judged_at, entries)


def mark_reversed(session: Session, usage: BookedUsage, *, by: int) -> None:
    """Name the message that reversed a usage, so that no other can."""
    this_usage = (col(InboxRow.id) == usage.id, col(InboxRow.account) == usage.account)
    session.execute(update(InboxRow).where(*this_usage).values(reversed_by=by))
