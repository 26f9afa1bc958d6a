"""
Contest (e): the ceiling. The same writes, from memory, in batches, without a broker.

Nothing is parsed or decided while the clock runs, and no book is opened: every row is made before, and is claimed
and written by the very statements that ours uses, one connection, one commit a batch.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from bench.load import RULES, bodies, usage_events
from boot.garbage import tune_garbage_collection
from domain.minutes.book import Book
from messages.queues import MINUTE_USAGE
from messages.read import Event, read
from store.engine import Session
from store.inbox import claim_in_books
from store.minutes.book import open_books
from store.minutes.save import Message, save
from store.reading import reading
from store.transaction import transaction
from workers.claims import arrival_of
from workers.context import Context
from workers.facts import Facts
from workers.queues.minute_usage import booking_by


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes; an entry for each message."""

    books: list[Book]
    messages: list[Message]
    facts: Facts
    entry_ids: list[int]


def measure_ceiling(engine: Engine, *, count: int, batch: int, seed: int) -> float:
    """Return events per second; the store is to hold the load's packages and nothing else is to use it."""
    events = [
        item
        for body in bodies(usage_events(count, seed=seed))
        for item in read(body, queue=MINUTE_USAGE)
        if isinstance(item, Event)
    ]
    tune_garbage_collection()  # as in ours
    prepared = _prepare(engine, events, batch=batch)
    started = time.perf_counter()
    for each in prepared:
        with transaction(engine) as session:
            # Looks for the keys and reserves ids; those that the rows have were reserved before.
            claim_in_books(session, [message.arrival for message in each.messages], lines=len(each.messages))
            save(session, each.books, each.facts, messages=each.messages, entry_ids=each.entry_ids)
    return count / (time.perf_counter() - started)


def _prepare(engine: Engine, events: list[Event], *, batch: int) -> list[Batch]:
    """Decide about events as ours would, batch by batch, with ids that ours would reserve."""
    with transaction(engine) as session:
        message_ids, entry_ids = (_reserve(session, sequence, len(events)) for sequence in ("inbox", "entry"))
    last_entry: dict[int, int] = {}
    prepared = []
    for start in range(0, len(events), batch):
        part = slice(start, start + batch)
        one = _decide(engine, events[part], message_ids[part], entry_ids[part])
        for book in one.books:
            # What the batch before will have written, as it is not written yet.
            book.last_entry_id = last_entry.get(book.account_number, book.last_entry_id)
        ids = iter(one.entry_ids)
        for book in one.books:
            for _ in book.entries:
                last_entry[book.account_number] = next(ids)
        prepared.append(one)
    return prepared


def _decide(engine: Engine, events: list[Event], message_ids: list[int], entry_ids: list[int]) -> Batch:
    facts = Facts(datetime.now(UTC))
    book_event = booking_by(Context(engine, RULES))
    messages = []
    with reading(engine) as session:
        books = open_books(session, {event.envelope.subject for event in events})
        for event, message_id in zip(events, message_ids, strict=True):
            book = books[event.envelope.subject]
            booked = book_event(session, book, event, message_id, facts)
            messages.append(Message(message_id, arrival_of(event, book.account_number), booked.answer, booked.usage))
        facts.emit_balances(books.values())
    return Batch(list(books.values()), messages, facts, entry_ids)


def _reserve(session: Session, table: str, count: int) -> list[int]:
    ids = session.execute(text(f"SELECT nextval('{table}_id_seq') FROM generate_series(1, :count)"), {"count": count})
    return list(ids.scalars())
