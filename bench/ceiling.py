"""
Contest (e): the ceiling. The same writes, from memory, in batches, without a broker.

Nothing is read, parsed or decided while the clock runs: every row is made before, and is written by
the very statements that ours uses, one connection, one commit a batch.
"""

import time
from datetime import UTC, datetime

from sqlalchemy import Engine, text
from workers.minutes.booking import Booking

from bench.load import RULES, bodies, usage_events
from boot.garbage import look_for_garbage_seldom
from domain.minutes.book import Book
from messages.queues import MINUTE_USAGE
from messages.read import Event, read
from store.inbox import Arrival, Key, claim_messages
from store.minutes.book import open_books
from store.minutes.save import Usage, save
from store.reading import reading
from store.transaction import transaction
from workers.facts import Facts

Batch = tuple[list[Arrival], list[Usage], list[Book], Facts]


def measure_ceiling(engine: Engine, *, count: int, batch: int, seed: int) -> float:
    """Return events per second; the store is to hold the load's packages and nothing else is to use it."""
    events = [
        item
        for body in bodies(usage_events(count, seed=seed))
        for item in read(body, queue=MINUTE_USAGE)
        if isinstance(item, Event)
    ]
    look_for_garbage_seldom()  # as in ours
    last_id = _last_id(engine)
    prepared = [_prepare(engine, events[start : start + batch], last_id + start) for start in range(0, count, batch)]
    started = time.perf_counter()
    for arrivals, usages, books, facts in prepared:
        with transaction(engine) as session:
            claim_messages(session, arrivals)
            save(session, books, facts, usages=usages)
    return count / (time.perf_counter() - started)


def _prepare(engine: Engine, events: list[Event], last_id: int) -> Batch:
    """Decide about events as ours would, with the ids that the inbox is going to give them."""
    arrivals = [
        Arrival(Key(event.envelope.source, event.envelope.id), event.envelope.type, event.sha256) for event in events
    ]
    # A claim inserts in the order of the keys, and the identity counts up: so the ids are known before.
    ordered = sorted(range(len(events)), key=lambda position: arrivals[position].key)
    ids = {position: last_id + rank for rank, position in enumerate(ordered, 1)}
    with reading(engine) as session:
        books = open_books(session, {event.envelope.subject for event in events})
        facts = Facts(datetime.now(UTC))
        booking = Booking(session, RULES, facts)
        for position, event in enumerate(events):
            booking.book(event.envelope, ids[position], books[event.envelope.subject])
        facts.emit_balances(books.values())
    return arrivals, booking.usages, list(books.values()), facts


def _last_id(engine: Engine) -> int:
    with reading(engine) as session:
        last: int = session.execute(text("SELECT max(id) FROM inbox")).scalar_one()
        return last
