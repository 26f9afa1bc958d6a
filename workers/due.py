"""Queue `due`: reminders from the scheduler. Each handles whatever is due now, so a missed one is made up."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from boot.wiring import utc_now
from broker.delivery import Delivery
from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.expire import expiring_seconds
from domain.minutes.rules import Rules
from messages.envelope import Envelope
from messages.errors import Unavailable
from messages.minutes.facts import PackageExpired
from messages.minutes.reminders import ExpirySweepRequested
from messages.queues import DUE, INTERNAL
from messages.read import Event, Unreadable, read
from messages.registry import QUEUE_OF
from messages.write import write
from store import expiry, inbox, schedule
from store.dead_letters import SetAside, set_aside
from store.inbox import Arrival, Key
from store.keeping import keep
from store.minutes import open_books
from store.outbox import Outgoing, put
from store.transaction import Engine, Session, transaction
from workers.booking import Booking
from workers.persistence import persistently

log = logging.getLogger(__name__)

CHUNK = 500
"""Packages handled in one transaction: enough to be quick, few enough to hold no lock for long."""


@dataclass(frozen=True, slots=True)
class DueWorker:
    """Takes reminders and does what is due."""

    engine: Engine
    rules: Rules
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], datetime] = utc_now

    def take(self, deliveries: Sequence[Delivery]) -> None:
        """
        Do what each reminder is about.

        Raises:
            GiveBack: the process is ending while the database is away.
        """
        for delivery in deliveries:
            for item in read(delivery.body, queue=DUE):
                persistently(lambda item=item: self._do(item), stopping=self.stopping)  # type: ignore[misc]

    def _do(self, item: Event | Unreadable) -> None:
        if isinstance(item, Unreadable):
            with transaction(self.engine) as session:
                set_aside(session, [SetAside("quarantined", DUE, item.code, item.reason, item.body)])
            return
        match item.envelope:
            case ExpirySweepRequested():
                swept = sweep(self.engine, item, rules=self.rules, now=self.clock())
                if swept.told or swept.booked:
                    log.info("expiry sweep: %d ends told, %d rests booked", swept.told, swept.booked)
            case other:
                raise TypeError(f"no work is known for {other.type}")


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
        return expiry.accounts_to_tell(session, now=now, limit=CHUNK, without=without)

    def find_to_book(session: Session, without: set[str]) -> set[str]:
        return expiry.accounts_to_book(session, ended_before=ended_before, limit=CHUNK, without=without)

    told = _in_chunks(engine, find_to_tell, lambda session, ids: _tell_ends(session, ids, rules, now))
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


def _tell_ends(session: Session, account_ids: set[str], rules: Rules, now: datetime) -> int:
    books = open_books(session, account_ids)
    booking = Booking(session, rules, now)
    ended = expiry.mark_told(session, account_ids, now=now)
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
    keep(session, books.values(), facts=booking.facts)
    return len(ended)


def _book_rests(session: Session, account_ids: set[str], reminder: Event, rules: Rules, now: datetime) -> int:
    # Claimed only when there is something to cause, or the inbox would grow by a row a minute.
    key = Key(reminder.envelope.source, reminder.envelope.id)
    claims = inbox.claim(session, [Arrival(key, reminder.envelope.type, reminder.sha256)])
    message_id = claims.fresh.get(key) or claims.known[key].message_id
    books = open_books(session, account_ids)
    booked = sum(_expire(book, message_id, rules, now) for book in books.values())
    keep(session, books.values())
    return booked


def _expire(book: Book, message_id: int, rules: Rules, now: datetime) -> int:
    booked = 0
    for package in list(book.packages.values()):
        seconds = expiring_seconds(package, now=now, late_window=rules.late_window)
        if seconds and package.expires_at is not None:
            book.write(Entry(EntryKind.EXPIRE, -seconds, package.expires_at, message_id, package.id))
            booked += 1
    return booked


def remind(engine: Engine, model: type[Envelope], *, job: str, slot: datetime) -> bool:
    """
    Turn one tick of the scheduler into one reminder on the queue that its contract names.

    Args:
        engine: the store.
        model: the reminder's contract; its data is empty.
        job: the name of the tick.
        slot: aware UTC start of the tick's interval; the same for every scheduler.

    Returns:
        False when another scheduler has done so already.
    """
    with transaction(engine) as session:
        if not schedule.claim_slot(session, job, slot):
            return False
        message_id, body = write(model, {}, at=slot, message_id=f"{job}-{slot.isoformat()}")
        put(session, Outgoing(INTERNAL, QUEUE_OF[model], message_id, body))
        return True
