"""Expiry: ends of packages are announced on time, and their rest is booked when the late window has closed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.expire import expiring_seconds
from domain.minutes.rules import Rules
from messages.errors import Unavailable
from messages.minutes.facts import PackageExpired
from messages.read import Event
from store.engine import Engine, Session
from store.inbox import Arrival, Key, claim_messages
from store.minutes.book import open_books
from store.minutes.expiry import accounts_to_announce, accounts_to_book, mark_announced
from store.minutes.save import save
from store.transaction import transaction
from workers.minutes.booking import Booking

log = logging.getLogger(__name__)


CHUNK = 500
"""Packages handled in one transaction: enough to be quick, few enough to hold no lock for long."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many ends of packages were told, and how many rests were booked as expired."""

    told: int
    booked: int


def sweep(engine: Engine, reminder: Event, *, rules: Rules, now: datetime) -> Swept:
    """
    Tell of packages that have ended, and book the rest of those whose late window has closed.

    Args:
        engine: the store.
        reminder: the message that asks for it, the cause of the entries.
        rules: the late window.
        now: aware UTC moment.

    Source: SEMANTICS.md, "Usage": expiry is a matter of time; the notice goes out on time.
    """
    ended_before = now - rules.late_window

    def find_to_tell(session: Session, without: set[str]) -> set[str]:
        return accounts_to_announce(session, now=now, limit=CHUNK, without=without)

    def find_to_book(session: Session, without: set[str]) -> set[str]:
        return accounts_to_book(session, ended_before=ended_before, limit=CHUNK, without=without)

    told = _in_chunks(engine, find_to_tell, lambda session, ids: _announce_ends(session, ids, rules, now))
    booked = _in_chunks(engine, find_to_book, lambda session, ids: _book_rests(session, ids, reminder, rules, now))
    return Swept(told, booked)


def _in_chunks(
    engine: Engine, find: Callable[[Session, set[str]], set[str]], handle: Callable[[Session, set[str]], int]
) -> int:
    """Handle what is found, a transaction a chunk; an account that cannot be handled stops no other."""
    done, failed = 0, set[str]()
    while True:
        with transaction(engine) as session:
            found = find(session, failed)
        if not found:
            return done
        try:
            with transaction(engine) as session:
                done += handle(session, found)
        except Unavailable:
            raise
        except Exception:
            log.exception("a chunk of %d accounts failed; each is tried by itself", len(found))
            for account_id in sorted(found):
                try:
                    with transaction(engine) as session:
                        done += handle(session, {account_id})
                except Unavailable:
                    raise
                except Exception:
                    # It stays due, so the next sweep tries it again, and tells of it again.
                    log.exception("an account's expiry cannot be handled; the next sweep tries it again")
                    failed.add(account_id)


def _announce_ends(session: Session, account_ids: set[str], rules: Rules, now: datetime) -> int:
    books = open_books(session, account_ids)
    booking = Booking(session, rules, now)
    ended = mark_announced(session, account_ids, now=now)
    for account_id, package_id in ended:
        package = books[account_id].packages.get(package_id)
        if package is None:
            # Nothing was left in it, so its end changes nothing for anybody.
            continue
        books[account_id].changed_by_time = True
        data = {
            "package_id": package.id,
            "kind": package.kind,
            "expired_at": package.expires_at,
            "unused_seconds": package.left_seconds,
        }
        booking.tell(PackageExpired, account_id, data)
    booking.tell_balances(books.values())
    save(session, books.values(), facts=booking.facts)
    return len(ended)


def _book_rests(session: Session, account_ids: set[str], reminder: Event, rules: Rules, now: datetime) -> int:
    # Claimed only when there is something to cause, or the inbox would grow by a row a minute.
    key = Key(reminder.envelope.source, reminder.envelope.id)
    claims = claim_messages(session, [Arrival(key, reminder.envelope.type, reminder.sha256)])
    message_id = claims.fresh.get(key) or claims.known[key].message_id
    books = open_books(session, account_ids)
    booked = sum(_expire(book, message_id, rules, now) for book in books.values())
    save(session, books.values())
    return booked


def _expire(book: Book, message_id: int, rules: Rules, now: datetime) -> int:
    booked = 0
    for package in list(book.packages.values()):
        seconds = expiring_seconds(package, now=now, late_window=rules.late_window)
        if seconds and package.expires_at is not None:
            book.write(Entry(EntryKind.EXPIRE, -seconds, package.expires_at, message_id, package.id))
            booked += 1
    return booked
