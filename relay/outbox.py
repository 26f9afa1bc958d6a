"""Outbox to RabbitMQ: what was committed is published with confirms and then removed."""

import logging
import threading
import time
from collections.abc import Iterable
from contextlib import nullcontext

from boot.traces import span
from broker.publication import Publication, Publisher, Receipt
from messages.errors import Unavailable
from messages.queues import FACTS
from messages.write import subject_of, with_traceparent
from store.account_changes import announce_changes
from store.engine import Engine
from store.outbox import Outgoing, Waiting, lock_oldest, refuse_outgoing, remove_outgoing
from store.transaction import transaction

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.1
"""How long an empty outbox is left alone. Polling, not NOTIFY, which takes a lock at every commit."""

AWAY_SECONDS = 1.0

UNROUTABLE_SECONDS = 30.0

CLOSED_SECONDS = 30.0
"""How long an exchange is left alone to which we may not write, so that its messages hold up no others."""

CLOSED_PATIENCE_SECONDS = 1.0
"""How long a batch is repeated, all others waiting, that asks whether such an exchange is open again."""


def relay_outbox(engine: Engine, publisher: Publisher, stopping: threading.Event) -> None:
    """Move messages until `stopping` is set; several relays may do so side by side."""
    unroutable: dict[int, float] = {}
    closed: dict[str, float] = {}
    while not stopping.is_set():
        now = time.monotonic()
        unroutable = {row_id: until for row_id, until in unroutable.items() if until > now}
        try:
            moved = relay_batch(engine, publisher, unroutable=unroutable, closed=closed)
        except Unavailable as error:
            log.warning("the outbox waits for the store: %s", error)
            publisher.rest(AWAY_SECONDS)
            continue
        if not moved:
            publisher.rest(IDLE_SECONDS)


def relay_batch(
    engine: Engine,
    publisher: Publisher,
    *,
    limit: int = 500,
    patience_seconds: float = 10,
    unroutable: dict[int, float] | None = None,
    closed: dict[str, float] | None = None,
) -> int:
    """
    Publish the oldest messages and remove exactly those that the broker confirmed.

    If the process ends in between they are published again, with the same ids.

    Args:
        engine: the store.
        publisher: the way to the broker.
        limit: how many at the most.
        patience_seconds: how long the publisher repeats what is refused.
        unroutable: id -> until when (monotonic) to leave a message alone that no queue is bound for, so that
            it does not hold up those behind it; unroutable messages of this batch are added.
        closed: exchange -> until when (monotonic) to leave its messages alone, because we may not write there; those
            of this batch are added, and those that are open again removed.

    Returns:
        How many were confirmed.

    Raises:
        Unavailable: the store is away.
    """
    closed = {} if closed is None else closed
    now = time.monotonic()
    shut = [exchange for exchange, until in closed.items() if until > now]
    with transaction(engine) as session:
        waiting = lock_oldest(session, limit=limit, without=unroutable or (), without_exchanges=shut)
        if not waiting:
            return 0
        if any(row.message.exchange in closed for row in waiting):
            patience_seconds = min(patience_seconds, CLOSED_PATIENCE_SECONDS)
        publications = [_publication(row.message) for row in waiting]
        causes = {row.message.traceparent for row in waiting}
        with (
            span("publish outbox", kind="producer", causes=causes, is_batch=True) if causes != {None} else nullcontext()
        ):
            receipts = publisher.publish(publications, patience_seconds=patience_seconds)
        confirmed = [row.id for row, receipt in zip(waiting, receipts, strict=True) if receipt is Receipt.CONFIRMED]
        remove_outgoing(session, confirmed)
        refused = [row.id for row, receipt in zip(waiting, receipts, strict=True) if receipt is Receipt.UNPUBLISHABLE]
        if refused:
            log.error("%d messages of the outbox can never be published and are put apart: %s", len(refused), refused)
            refuse_outgoing(session, refused)
    published = set(confirmed)
    _announce(engine, [row.message for row in waiting if row.id in published])
    _leave_alone(waiting, receipts, {} if unroutable is None else unroutable, closed)
    if len(confirmed) < len(waiting):
        log.warning("%d of %d messages were not confirmed and stay", len(waiting) - len(confirmed), len(waiting))
    return len(confirmed)


def _leave_alone(
    waiting: Iterable[Waiting], receipts: Iterable[Receipt], unroutable: dict[int, float], closed: dict[str, float]
) -> None:
    """Note what is left alone for now, and which exchanges are open again."""
    now = time.monotonic()
    for row, receipt in zip(waiting, receipts, strict=True):
        match receipt:
            case Receipt.UNROUTABLE:
                unroutable[row.id] = now + UNROUTABLE_SECONDS
            case Receipt.CLOSED:
                closed[row.message.exchange] = now + CLOSED_SECONDS
            case Receipt.CONFIRMED:
                closed.pop(row.message.exchange, None)
            case Receipt.UNPUBLISHABLE | Receipt.UNCONFIRMED:
                pass


def _announce(engine: Engine, published: Iterable[Outgoing]) -> None:
    """Wake the pages and programs that wait for a change of the accounts that facts are about."""
    facts = (message for message in published if message.exchange == FACTS)
    account_ids = {account_id for fact in facts if (account_id := subject_of(fact.body)) is not None}
    if not account_ids:
        return
    try:
        # Apart from the removal: a full queue of notifications must not hold up messages. Who waits looks again anyway.
        with transaction(engine) as session:
            announce_changes(session, account_ids)
    except Unavailable as error:
        log.warning("who waits for %d accounts could not be woken: %s", len(account_ids), error)


def _publication(message: Outgoing) -> Publication:
    is_fact = message.exchange == FACTS
    return Publication(
        message.exchange,
        message.routing_key,
        message.message_id,
        # A replay goes out with the bytes that came in.
        with_traceparent(message.body, message.traceparent) if is_fact else message.body,
        # Nobody may be listening for a fact; a reminder or a replay must reach its queue.
        is_mandatory=not is_fact,
        traceparent=message.traceparent,
    )
