"""Dead-letter queues to the table: there they are safe, and operators see them."""

import logging
import threading

from broker.drain import DeadDelivery, Drain
from messages.errors import Unavailable
from messages.read import Unreadable, read_message
from store.dead_letters import DeadLetter, save_dead_letters
from store.engine import Engine
from store.transaction import transaction

log = logging.getLogger(__name__)

AWAY_SECONDS = 1.0


def relay_dead_letters(engine: Engine, drain: Drain, stopping: threading.Event) -> None:
    """Move dead letters until `stopping` is set."""
    while not stopping.is_set():
        try:
            relay_dead_letters_once(engine, drain, seconds=0.5)
        except Unavailable as error:
            # They were not acknowledged: let go of them, and the broker delivers them again.
            drain.close()
            log.warning("dead letters wait for the store: %s", error)
            stopping.wait(AWAY_SECONDS)


def relay_dead_letters_once(engine: Engine, drain: Drain, *, seconds: float) -> int:
    """
    Move the dead letters that are there, or wait so long for some; return how many.

    Raises:
        Unavailable: the store is away; nothing was acknowledged.
    """
    deliveries = drain.receive(seconds)
    if deliveries:
        with transaction(engine) as session:
            save_dead_letters(session, [_letter_of(delivery) for delivery in deliveries])
        drain.acknowledge(deliveries)
        log.warning("%d messages were dead-lettered; see `billing dead-letters list`", len(deliveries))
    return len(deliveries)


def _letter_of(delivery: DeadDelivery) -> DeadLetter:
    # Read once more only for the key and the trace, by which an operator finds the event.
    content_type = delivery.properties.get("content_type")
    first = read_message(delivery.body, queue=delivery.queue, content_type=content_type, headers=delivery.headers)[0]
    if isinstance(first, Unreadable):
        source, event_id, traceparent = first.source, first.message_id, first.traceparent
    else:
        source, event_id, traceparent = first.envelope.source, first.envelope.id, first.envelope.traceparent
    return DeadLetter(
        "dead_lettered",
        delivery.queue,
        delivery.code,
        delivery.reason,
        delivery.body,
        source,
        event_id,
        delivery.headers,
        traceparent,
        delivery.exchange,
        delivery.properties,
    )
