"""What happens around each call: retries that lose nothing, stale messages, dead threads."""

import logging
import os
import random
import threading
import time
from dataclasses import replace
from typing import Any

from dramatiq.middleware import Middleware, SkipMessage

from broker.delivery import DeliveriesFailed, Delivery
from broker.message import AckDecision
from broker.retry import as_retry
from messages.errors import Busy, MessageRejected

log = logging.getLogger(__name__)

MAX_RETRIES = 8
MIN_BACKOFF_MS = 1_000
MAX_BACKOFF_MS = 300_000
"""Five minutes: far below the broker's consumer timeout of thirty, which a longer wait would run into."""

EXIT_DEAD_THREAD = 70
"""Exit code of a process that ends because one of its threads died; the supervisor starts it again."""


class GiveBack(Exception):
    """A shutdown ended the call early; its deliveries go back into the queue as they were."""


class Retries(Middleware):
    """
    Decides what happens to each delivery of a call.

    A delivery that was handled is acknowledged. One that failed is published to the delay queue and then
    acknowledged. If it cannot be published (L2), as in a memory alarm, it is held in this process and tried again
    from here, so that the good ones behind it go on. After the last attempt it is dead-lettered.
    """

    @property
    def actor_options(self) -> set[str]:
        """The options that actors may have because of this middleware; `throws` is read by Dramatiq's worker."""
        return {"throws"}

    def __init__(self, *, max_retries: int = MAX_RETRIES, min_backoff_ms: int = MIN_BACKOFF_MS) -> None:
        self.max_retries = max_retries
        self.min_backoff_ms = min_backoff_ms

    def after_process_message(
        self, broker: Any, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Decide about each delivery of a `SafeMessage`; until this has run, all are to be given back."""
        if exception is None:
            message.decide_all(AckDecision.ACK)
            return
        if isinstance(exception, GiveBack):
            return
        whole = dict.fromkeys(range(len(message.deliveries)), exception)
        failures = exception.failures if isinstance(exception, DeliveriesFailed) else whole
        for position, delivery in enumerate(message.deliveries):
            cause = failures.get(position)
            if cause is None:
                message.decisions[position] = AckDecision.ACK
                continue
            message.errors[position] = f"{type(cause).__name__}: {cause}"
            delay_ms = _put_off_ms(cause) if isinstance(cause, Busy) else self._backoff_ms(delivery.retries)
            message.hold_ms[position] = delay_ms
            message.decisions[position] = self._retry(broker, delivery, cause, delay_ms=delay_ms)
            if message.decisions[position] is AckDecision.HOLD:
                # Who found no place has not tried.
                message.deliveries[position] = replace(
                    delivery, retries=delivery.retries + (not isinstance(cause, Busy))
                )

    def _retry(self, broker: Any, delivery: Delivery, cause: BaseException, *, delay_ms: int) -> AckDecision:
        is_busy = isinstance(cause, Busy)
        if isinstance(cause, MessageRejected) or (delivery.retries >= self.max_retries and not is_busy):
            log.error(
                "a delivery on %s is dead-lettered after %d attempts: %s",
                delivery.queue,
                delivery.retries + 1,
                cause,
            )
            return AckDecision.REJECT
        try:
            broker.enqueue(as_retry(delivery, cause), delay=delay_ms)
        except Exception:
            log.exception("a retry on %s could not be published; it is held here for %d ms", delivery.queue, delay_ms)
            return AckDecision.HOLD
        if is_busy:
            log.debug("a delivery on %s is put off by %d ms: %s", delivery.queue, delay_ms, cause)
            return AckDecision.ACK
        log.warning("a delivery on %s failed and is tried again in %d ms: %s", delivery.queue, delay_ms, cause)
        return AckDecision.ACK

    def _backoff_ms(self, retries: int) -> int:
        ceiling_ms = min(self.min_backoff_ms * 2**retries, MAX_BACKOFF_MS)
        # Not for secrecy: so that deliveries that failed together do not come back together.
        return random.randint(ceiling_ms // 2, ceiling_ms)


def _put_off_ms(busy: Busy) -> int:
    most_ms = int(busy.wait_seconds * 1000)
    return random.randint(most_ms // 2, most_ms)


class SkipStale(Middleware):
    """Leaves out what was prefetched over a connection that is gone: it will be delivered again."""

    def before_process_message(self, _broker: Any, message: Any) -> None:
        """Skip the message if it can no longer be acknowledged."""
        if not message.owner.connection.is_open:
            raise SkipMessage("it came over a connection that is gone and will be delivered again")


class Watchdog(Middleware):
    """Ends the process when one of the worker's threads has died: Dramatiq never replaces one (L5, L7)."""

    def __init__(self, *, every_seconds: float = 1.0) -> None:
        self.every_seconds = every_seconds

    def after_worker_boot(self, _broker: Any, worker: Any) -> None:
        """Start watching."""
        threading.Thread(target=self._watch, args=(worker,), name="watchdog", daemon=True).start()

    def before_worker_shutdown(self, _broker: Any, worker: Any) -> None:
        """Stop watching: from here on threads end on purpose."""
        worker.is_stopping = True

    def _watch(self, worker: Any) -> None:
        while not getattr(worker, "is_stopping", False):
            threads = [*worker.workers, *worker.consumers.values()]
            if any(thread.running and not thread.is_alive() for thread in threads):
                log.critical("a thread of the worker died; the process ends so that it is started again")
                os._exit(EXIT_DEAD_THREAD)
            time.sleep(self.every_seconds)
