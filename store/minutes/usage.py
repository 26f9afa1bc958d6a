"""Booked usages: found for a correction, and marked as reversed."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from domain.minutes.entry import Entry, EntryKind

_USAGE = text("""
    SELECT usage.id, usage.account_id, usage.reversed_by FROM inbox JOIN usage ON usage.id = inbox.id
    WHERE inbox.source = :source AND inbox.event_id = :event_id
""")


@dataclass(frozen=True, slots=True)
class BookedUsage:
    """A usage in the store, with its entries in the order of booking."""

    id: int
    account_id: str
    reversed_by: int | None
    entries: tuple[Entry, ...]


def find_usage(session: Session, *, source: str, event_id: str) -> BookedUsage | None:
    """
    Find a usage by the key of the message that reported it.

    To be asked with the account's book open, whose lock keeps the answer true.
    """
    row = session.execute(_USAGE, {"source": source, "event_id": event_id}).one_or_none()
    if row is None:
        return None
    entries = session.execute(
        text("""
            SELECT kind, seconds, effective_at, message_id, package_id::text, usage_id FROM entry
            WHERE usage_id = :usage_id ORDER BY id
        """),
        {"usage_id": row[0]},
    )
    return BookedUsage(row[0], row[1], row[2], tuple(Entry(EntryKind(entry[0]), *entry[1:]) for entry in entries))


def mark_reversed(session: Session, usage_id: int, *, by: int) -> None:
    """Name the message that reversed a usage, so that no other can."""
    session.execute(text("UPDATE usage SET reversed_by = :by WHERE id = :id"), {"id": usage_id, "by": by})
