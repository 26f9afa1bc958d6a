"""A Dramatiq worker in this process, and an actor that records its calls."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import dramatiq
from dramatiq import Broker, Worker
from dramatiq.middleware import Middleware

from broker.delivery import DeliveriesFailed, Delivery
from broker.middleware import Retries, SkipStale
from broker.rabbit import SafeBroker
from broker.topology import Intake

PATIENCE_S = 15
"""How long a test waits for something that should happen at once."""


class RecordingActor:
    """An actor that records each call, and then reacts as a test wants."""

    def __init__(self, react: Callable[[Sequence[Delivery]], None] = lambda deliveries: None) -> None:
        self._react = react
        self._lock = threading.Lock()
        self.begun: list[tuple[Delivery, ...]] = []
        self.ended: list[tuple[Delivery, ...]] = []

    def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Be called; a delivery that `react` fails is not applied."""
        assert all(isinstance(delivery, Delivery) for delivery in deliveries)
        with self._lock:
            self.begun.append(tuple(deliveries))
        try:
            self._react(deliveries)
        except DeliveriesFailed as error:
            self._record_applied([each for n, each in enumerate(deliveries) if n not in error.failures])
            raise
        self._record_applied(deliveries)

    @property
    def begun_bodies(self) -> Counter[bytes]:
        """How often each body was brought."""
        with self._lock:
            return Counter(delivery.body for call in self.begun for delivery in call)

    @property
    def ended_bodies(self) -> Counter[bytes]:
        """How often each body was applied."""
        with self._lock:
            return Counter(delivery.body for call in self.ended for delivery in call)

    def _record_applied(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            with self._lock:
                self.ended.append(tuple(deliveries))


def quick_middleware(*, max_retries: int = 8, min_backoff_ms: int = 20) -> list[Middleware]:
    """
    The middleware of the product, with short waits.

    Without the Watchdog, which would end this process; a test asks `all_alive` instead.
    """
    return [Retries(max_retries=max_retries, min_backoff_ms=min_backoff_ms), SkipStale()]


@contextmanager
def running_worker(
    url: str,
    intake: Intake,
    actor: Callable[[Sequence[Delivery]], None],
    *,
    middleware: list[Middleware] | None = None,
    threads: int = 4,
) -> Iterator[Worker]:
    """Run a worker on one intake of a RabbitMQ."""
    broker = SafeBroker(
        url, intakes={intake.queue: intake}, middleware=quick_middleware() if middleware is None else middleware
    )
    with running_worker_on(broker, intake.queue, actor, threads=threads) as worker:
        yield worker


@contextmanager
def running_worker_on(
    broker: Broker, queue: str, actor: Callable[[Sequence[Delivery]], None], *, threads: int = 4
) -> Iterator[Worker]:
    """Run a worker on one queue of a broker."""
    dramatiq.actor(actor_name=queue, queue_name=queue, broker=broker)(actor)
    worker = Worker(broker, worker_threads=threads, worker_timeout=100)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop(timeout=10_000)
        broker.close()


def all_alive(worker: Worker) -> bool:
    """Tell whether every thread of a worker lives; Dramatiq never replaces one."""
    return all(thread.is_alive() for thread in [*worker.workers, *worker.consumers.values()])
