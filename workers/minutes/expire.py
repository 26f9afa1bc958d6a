"""Expiry: ends of packages are announced on time, and their rest is booked when the late window has closed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.middleware import GiveBack
from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.expire import expiring_seconds
from messages.errors import Unavailable
from messages.minutes.facts import PackageExpired
from messages.read import Event
from store.engine import Session
from store.inbox import Known
from store.minutes.book import open_books
from store.minutes.expiry import accounts_to_announce, accounts_to_book, mark_announced
from store.minutes.save import save
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts

log = logging.getLogger(__name__)


CHUNK = 500
"""Packages handled in one transaction: enough to be quick, few enough to hold no lock for long."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many ends of packages were announced, and how many rests were booked as expired."""

    announced: int
    booked: int


def sweep(context: Context, reminder: Event) -> Swept:
    """
    Announce packages that have ended, and book the rest of those whose late window has closed.

    Args:
        context: its clock says what is due; its rules have the late window.
        reminder: the message that asks for it, the cause of the entries.

    Source: domain/minutes/README.md, "Expiry".
    """
    now = context.clock()
    ended_before = now - context.rules.late_window

    def find_to_announce(session: Session, without: set[str]) -> set[str]:
        return accounts_to_announce(session, now=now, limit=CHUNK, without=without)

    def find_to_book(session: Session, without: set[str]) -> set[str]:
        return accounts_to_book(session, ended_before=ended_before, limit=CHUNK, without=without)

    def book_rests(session: Session, account_ids: set[str]) -> int:
        return _book_rests(session, account_ids, reminder, late_window=context.rules.late_window, now=now)

    announced = _in_chunks(context, find_to_announce, lambda session, ids: _announce_ends(session, ids, now))
    return Swept(announced, _in_chunks(context, find_to_book, book_rests))


def _in_chunks(
    context: Context, find: Callable[[Session, set[str]], set[str]], handle: Callable[[Session, set[str]], int]
) -> int:
    """Handle what is found, a transaction a chunk; an account that cannot be handled stops no other."""
    done, failed = 0, set[str]()
    while True:
        found = context.transact(lambda session: find(session, failed))
        if not found:
            return done
        try:
            done += context.transact(lambda session, found=found: handle(session, found))  # type: ignore[misc]
        except (GiveBack, Unavailable):
            raise
        except Exception:
            log.exception("a chunk of %d accounts failed; each is tried by itself", len(found))
            for account_id in sorted(found):
                try:
                    done += context.transact(lambda session, only=account_id: handle(session, {only}))  # type: ignore[misc]
                except (GiveBack, Unavailable):
                    raise
                except Exception:
                    # It stays due, so the next sweep tries it again, and logs it again.
                    log.exception("an account's expiry cannot be handled; the next sweep tries it again")
                    failed.add(account_id)


def _announce_ends(session: Session, account_ids: set[str], now: datetime) -> int:
    books = open_books(session, account_ids)
    facts = Facts(now)
    ended = mark_announced(session, books.values(), now=now)
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
        facts.emit(PackageExpired, account_id, data)
    facts.emit_balances(books.values())
    save(session, books.values(), facts)
    return len(ended)


def _book_rests(
    session: Session, account_ids: set[str], reminder: Event, *, late_window: timedelta, now: datetime
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
