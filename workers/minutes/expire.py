"""Expiry: what time does to packages is announced, and their rest is booked when the late window has closed."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.expire import expiring_seconds
from messages.read import Event
from store.engine import Session
from store.inbox import Known
from store.minutes.book import open_books
from store.minutes.expiry import DueAccounts, Position, lock_accounts_to_book
from store.minutes.save import save
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts
from workers.minutes.announce import announce_due
from workers.minutes.chunks import handle_in_chunks


@dataclass(frozen=True, slots=True)
class Swept:
    """How many ends of packages were announced, rests booked as expired, starts announced, and warnings given."""

    announced: int
    booked: int
    started: int = 0
    warned: int = 0


def sweep(context: Context, reminder: Event) -> Swept:
    """
    Announce what is due of packages, and book the rest of those whose late window has closed.

    Args:
        context: its clock says what is due; its rules have the late window.
        reminder: the message that asks for it, the cause of the entries.

    Source: domain/minutes/README.md, "Expiry".
    """
    said = announce_due(context)
    booked = _book_due_rests(context, reminder)
    return Swept(announced=said["ended"], booked=booked, started=said["started"], warned=said["warned"])


def _book_due_rests(context: Context, reminder: Event) -> int:
    now, late_window = context.clock(), context.rules.late_window

    def lock(session: Session, after: Position | None, limit: int) -> DueAccounts:
        return lock_accounts_to_book(session, ended_before=now - late_window, after=after, limit=limit)

    def book_rests(session: Session, account_ids: Set[str]) -> Counter[str]:
        return Counter(booked=_book_rests(session, account_ids, reminder, late_window=late_window, now=now))

    return handle_in_chunks(context, lock, book_rests)["booked"]


def _book_rests(
    session: Session, account_ids: Set[str], reminder: Event, *, late_window: timedelta, now: datetime
) -> int:
    # Claimed only when there is something to cause, or the inbox would grow by a row a minute.
    claimed = claim(session, reminder)
    message_id = claimed.message_id if isinstance(claimed, Known) else claimed
    books = open_books(session, account_ids)
    booked = sum(_expire(book, message_id, late_window=late_window, now=now) for book in books.values())
    # The balance is as it was: time had ended these packages before.
    save(session, books.values(), Facts(now))
    return booked


def _expire(book: Book, message_id: int, *, late_window: timedelta, now: datetime) -> int:
    booked = 0
    for package in list(book.packages.values()):
        seconds = expiring_seconds(package, now=now, late_window=late_window)
        if seconds and package.expires_at is not None:
            book.write(Entry(EntryKind.EXPIRE, -seconds, package.expires_at, message_id, package.id))
            booked += 1
    return booked
