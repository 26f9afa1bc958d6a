"""One publisher for many threads: what waits together is published together."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Self

from broker.publication import Publication, Publisher, Receipt

log = logging.getLogger(__name__)

MAX_WAITING = 2_000
"""Publications that may wait; beyond, a caller is refused at once instead of after a wait."""

MAX_BATCH = 500

PATIENCE_SECONDS = 5.0

IDLE_SECONDS, HEARTBEAT_SECONDS = 1.0, 0.01
"""How long an idle publisher waits before it serves its connection, and for how long it does."""

CLOSE_SECONDS = 15.0

_Waiting = tuple[Publication, Future[Receipt]]


class UnableToPublish(Exception):
    """A publication was not accepted: too many wait already, or publishing has ended."""


class SharedPublisher:
    """
    One publisher in a thread of its own; any thread may submit publications.

    Args:
        open_publisher: called in that thread, once.
        patience_seconds: how long a batch is repeated; less than any caller waits, so that those behind it have
            their turn.
    """

    def __init__(self, open_publisher: Callable[[], Publisher], *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._open_publisher = open_publisher
        self._patience_seconds = patience_seconds
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._is_open = False
        self._thread = threading.Thread(target=self._run, name="publishing", daemon=True)

    def __enter__(self) -> Self:
        """Begin to publish."""
        self._is_open = True
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Accept no more, publish what waits, and let go of the connection."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        self._thread.join(CLOSE_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Return whether publications are accepted; False for ever once the thread has died."""
        return self._is_open and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many publications wait for their turn."""
        return len(self._waiting)

    def submit(self, publication: Publication) -> Future[Receipt]:
        """
        Return at once what will be the receipt; cancel it when nobody waits for it any longer.

        Raises:
            UnableToPublish: too many wait, or publishing has ended.
        """
        receipt: Future[Receipt] = Future()
        with self._changed:
            if not self.is_alive:
                raise UnableToPublish("publishing has ended")
            if len(self._waiting) >= MAX_WAITING:
                raise UnableToPublish(f"{MAX_WAITING} publications wait already")
            self._waiting.append((publication, receipt))
            self._changed.notify_all()
        return receipt

    def _run(self) -> None:
        batch: list[_Waiting] = []
        try:
            publisher = self._open_publisher()
            while self._is_open or self._waiting:
                batch = self._next_batch()
                if not batch:
                    publisher.rest(HEARTBEAT_SECONDS)
                    continue
                receipts = publisher.publish([each for each, _ in batch], patience_seconds=self._patience_seconds)
                for (_, future), receipt in zip(batch, receipts, strict=True):
                    future.set_result(receipt)
            publisher.close()
        except Exception:
            # The server asks `is_alive` and ends: an endpoint that can publish nothing is of no use.
            log.critical("publishing died", exc_info=True)
        finally:
            self._fail_all(batch)

    def _next_batch(self) -> list[_Waiting]:
        """Return what waits, or wait a moment for something; what was cancelled is left out."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._is_open, IDLE_SECONDS)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
        return [each for each in batch if each[1].set_running_or_notify_cancel()]

    def _fail_all(self, batch: list[_Waiting]) -> None:
        with self._changed:
            self._is_open = False
            left = [each for each in self._waiting if each[1].set_running_or_notify_cancel()]
            self._waiting.clear()
        for _, receipt in [*batch, *left]:
            if not receipt.done():
                receipt.set_exception(UnableToPublish("publishing has ended"))
