"""
A worker process that a test kills, or that is to end by itself: `python -m tests.broker.crashing_worker`.

Arguments: the broker's URL, the queue, and what will go wrong: `worker-thread`, `consumer-thread` or `nothing`.
It says each body on its output when its call has begun. A body `hold` is held until the end.
"""

import signal
import sys
import threading
from collections.abc import Sequence

import dramatiq
from dramatiq import Worker
from dramatiq.middleware import Middleware

from broker.delivery import Delivery
from broker.middleware import Retries, SkipStale, Watchdog
from broker.rabbit import SafeBroker
from broker.topology import Intake
from messages.queues import INGRESS

stopping = threading.Event()


class KillsTheWorkerThread(Middleware):
    """Dramatiq swallows the exceptions of hooks; this one it does not."""

    def before_ack(self, _broker, _message) -> None:
        """End the thread before its message is acknowledged."""
        raise SystemExit


class KillsTheConsumerThread(Middleware):
    """A consumer thread that dies at its start; nobody would consume its queue."""

    def after_consumer_thread_boot(self, _broker, thread) -> None:
        """End the thread of the work queue."""
        if not thread.queue_name.endswith(".DQ"):
            raise SystemExit


def handle(deliveries: Sequence[Delivery]) -> None:
    """Say what came, and hold what is to be held."""
    for delivery in deliveries:
        # In one piece, for several threads speak.
        sys.stdout.write(f"{delivery.body.decode()}\n")
        sys.stdout.flush()
    if any(delivery.body == b"hold" for delivery in deliveries):
        stopping.wait()


def main(url: str, queue: str, crashes: str) -> None:
    """Work until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stopping.set())
    crashing = {
        "worker-thread": [KillsTheWorkerThread()],
        "consumer-thread": [KillsTheConsumerThread()],
        "nothing": [],
    }
    broker = SafeBroker(
        url,
        intakes={queue: Intake(queue, (INGRESS,), in_flight=10, prefetch=10)},
        middleware=[*crashing[crashes], Retries(), SkipStale(), Watchdog(every_seconds=0.1)],
    )
    dramatiq.actor(actor_name=queue, queue_name=queue, broker=broker)(handle)
    worker = Worker(broker, worker_threads=4, worker_timeout=100)
    worker.start()
    stopping.wait()
    worker.stop(timeout=5_000)


if __name__ == "__main__":
    main(*sys.argv[1:])
