"""Dead-letter queues to the table: there they keep, and there operators see them."""

import logging
import threading

from broker.drain import Drain, GivenUp
from messages.errors import Unavailable
from messages.read import Unreadable, read
from store.dead_letters import DeadLetter, save_dead_letters
from store.engine import Engine
from store.transaction import transaction

log = logging.getLogger(__name__)

AWAY_SECONDS = 1.0


def relay_dead_letters(engine: Engine, drain: Drain, stopping: threading.Event) -> None:
    """Move dead letters until told to stop."""
    while not stopping.is_set():
        try:
            relay_dead_letters_once(engine, drain, seconds=0.5)
        except Unavailable as error:
            # They were not settled: let go of them, and the broker delivers them again.
            drain.close()
            log.warning("dead letters wait for the store: %s", error)
            stopping.wait(AWAY_SECONDS)


def relay_dead_letters_once(engine: Engine, drain: Drain, *, seconds: float) -> int:
    """
    Move the dead letters that are there, or wait so long for some; return how many.

    Raises:
        Unavailable: the store is away; nothing was settled.
    """
    letters = drain.take(seconds)
    if letters:
        with transaction(engine) as session:
            save_dead_letters(session, [_set_aside(letter) for letter in letters])
        drain.settle(letters)
        log.warning("%d dead letters were set aside; see `billing dead-letters list`", len(letters))
    return len(letters)


def _set_aside(letter: GivenUp) -> DeadLetter:
    # Read once more only for the key, by which an operator finds the event.
    first = read(letter.body, queue=letter.queue)[0]
    if isinstance(first, Unreadable):
        source, event_id = first.source, first.message_id
    else:
        source, event_id = first.envelope.source, first.envelope.id
    return DeadLetter(
        "dead_lettered", letter.queue, letter.code, letter.reason, letter.body, source, event_id, letter.headers
    )
