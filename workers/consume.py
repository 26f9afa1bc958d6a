"""Taking deliveries one by one, for queues whose messages call a gateway."""

import logging
import threading
from collections.abc import Callable, Sequence

from broker.delivery import DeliveriesFailed, Delivery
from broker.middleware import GiveBack
from messages.errors import MessageRejected, Unavailable
from messages.read import Event, Unreadable, read
from store.dead_letters import DeadLetter, save_dead_letters
from store.engine import Engine
from store.transaction import transaction
from workers.transact import persistently

log = logging.getLogger(__name__)


def consume_each(
    deliveries: Sequence[Delivery],
    *,
    queue: str,
    engine: Engine,
    stopping: threading.Event,
    handle: Callable[[Event], object],
) -> None:
    """
    Handle every event of some deliveries by itself.

    What cannot be read or is rejected is set aside; what is `Unavailable` or a bug makes its
    delivery come again, and handling an event twice is harmless.

    Raises:
        DeliveriesFailed: some are to be tried again.
        GiveBack: the process is ending while the database is away.
    """
    failures: dict[int, BaseException] = {}
    for position, delivery in enumerate(deliveries):
        for item in read(delivery.body, queue=queue):
            try:
                _handle(item, queue, engine, stopping, handle)
            except GiveBack:
                raise
            except Unavailable as error:
                failures[position] = error
            except Exception as error:
                log.exception("an event on %s failed", queue)
                failures[position] = error
    if failures:
        raise DeliveriesFailed(failures)


def _handle(
    item: Event | Unreadable,
    queue: str,
    engine: Engine,
    stopping: threading.Event,
    handle: Callable[[Event], object],
) -> None:
    if isinstance(item, Unreadable):
        letter = DeadLetter("quarantined", queue, item.code, item.reason, item.body, item.source, item.message_id)
    else:
        try:
            handle(item)
            return
        except MessageRejected as error:
            source, event_id = item.envelope.source, item.envelope.id
            letter = DeadLetter("quarantined", queue, error.code, error.reason, item.body, source, event_id)

    def keep() -> None:
        with transaction(engine) as session:
            save_dead_letters(session, [letter])

    persistently(keep, stopping=stopping)
