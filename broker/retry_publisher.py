"""One connection of a process for its retries, opened when the first is published."""

import threading
import time
from uuid import uuid4

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher
from broker.shared_publisher import SharedPublisher, UnableToPublish

PATIENCE_SECONDS = 2.0
"""How long a failed delivery waits for the confirm of its retry; a thread of the worker waits with it."""

LONG_PATIENCE_SECONDS = 20.0
"""The same for a retry that leaves its delay queue: nothing waits behind it."""

PAUSE_SECONDS = 5.0
"""How long no other retry is tried after one was not confirmed: in a memory alarm each would cost its patience."""

_REPEATED = (Receipt.UNCONFIRMED, Receipt.CLOSED)
"""What another try may change."""


class RetryPublisher:
    """Publishes retries for all threads of a process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._shared: SharedPublisher | None = None
        self._paused_until = 0.0

    def publish(self, queue: str, body: bytes, *, can_wait: bool) -> Receipt:
        """
        Publish a retry to a queue and return the receipt.

        Args:
            queue: the work queue or the delay queue.
            body: the retry.
            can_wait: nothing is held up meanwhile, so be patient.
        """
        if not can_wait and time.monotonic() < self._paused_until:
            return Receipt.UNCONFIRMED
        publication = Publication("", queue, str(uuid4()), body, content_type="application/json")
        deadline = time.monotonic() + (LONG_PATIENCE_SECONDS if can_wait else PATIENCE_SECONDS)
        receipt = Receipt.UNCONFIRMED
        while receipt in _REPEATED and time.monotonic() < deadline:
            try:
                receipt = self._open().submit(publication).result(timeout=LONG_PATIENCE_SECONDS)
            except (UnableToPublish, TimeoutError):
                self.close()
        if receipt in _REPEATED:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
        return receipt

    def close(self) -> None:
        """Let go of the connection; the next retry opens another."""
        with self._lock:
            shared, self._shared = self._shared, None
        if shared is not None:
            shared.__exit__()

    def _open(self) -> SharedPublisher:
        with self._lock:
            if self._shared is None:
                self._shared = SharedPublisher(
                    lambda: ConfirmedPublisher(self._url), patience_seconds=PATIENCE_SECONDS
                ).__enter__()
            return self._shared
