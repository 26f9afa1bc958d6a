"""Transactions that wait: the same work is tried again while the database is away, and its message is held."""

import logging
import math
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from broker.middleware import GiveBack
from messages.errors import Unavailable
from store.errors import Conflict

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_PAUSE_SECONDS = 5.0


def transact(
    work: Callable[[], T],
    *,
    stopping: threading.Event,
    patience_seconds: float = math.inf,
    fatal: tuple[type[Unavailable], ...] = (),
) -> T:
    """
    Do the work, again and again with back-off while the store is unavailable.

    Holding the message is better than spending its retries: the queue behind it waits, which is
    right, for the next message would fail as well.

    Args:
        work: one transaction; repeating it must be harmless.
        stopping: set when the process is to end.
        patience_seconds: how long to go on; for ever where a message is held, which can wait.
        fatal: kinds of `Unavailable` that no waiting for the store can help; they are raised at once.

    Raises:
        GiveBack: the process is ending and the work is not done.
        Unavailable: the patience is at its end, or the error is `fatal`.
    """
    deadline = time.monotonic() + patience_seconds
    pause_seconds = 0.05
    while True:
        try:
            return work()
        except fatal:
            raise
        except Conflict as error:
            if time.monotonic() > deadline:
                raise
            log.info("in conflict with another transaction, once more: %s", error)
            pause_seconds = 0.05
        except Unavailable as error:
            if time.monotonic() > deadline:
                raise
            log.warning("waiting %.2f s for the store: %s", pause_seconds, error)
        if stopping.wait(pause_seconds * random.uniform(0.5, 1)):
            raise GiveBack("the process is ending while the store is away")
        pause_seconds = min(2 * pause_seconds, MAX_PAUSE_SECONDS)
