"""The broker in the process: for a first look and for development, with nothing installed."""

import heapq
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from dramatiq.broker import Broker, Consumer
from dramatiq.middleware import Middleware

from broker.delivery import Delivery
from broker.drain import DeadDelivery
from broker.message import AckDecision, SafeMessage, call
from broker.middleware import Retries, Watchdog
from broker.publication import Publication, Receipt, publication_properties
from broker.retry import delivery_of
from broker.topology import INTAKES, MAX_CALL_BYTES, Intake
from messages.queues import FACTS

log = logging.getLogger(__name__)


class MemoryBroker(Broker):
    """
    Queues in memory, with the same deliveries, coalescing, retries and dead letters as RabbitMQ.

    What waits here is gone when the process ends; the store is not touched by that. Facts have no
    listener here and are dropped.
    """

    def __init__(self, *, intakes: Mapping[str, Intake] = INTAKES, middleware: list[Middleware] | None = None) -> None:
        super().__init__(middleware=[Retries(), Watchdog()] if middleware is None else middleware)
        self.intakes = intakes
        self.waiting: dict[str, deque[Delivery]] = {queue: deque() for queue in intakes}
        self.delayed: list[tuple[float, int, Delivery]] = []
        self.dead_deliveries: deque[DeadDelivery] = deque()
        self.under_way = 0
        self.changed = threading.Condition()
        self.is_open = True
        self._numbers = count(1)

    @property
    def connection(self) -> "MemoryBroker":
        """The broker itself: it is always connected."""
        return self

    def declare_queue(self, queue_name: str) -> None:
        """Make a queue known to the worker."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = None
            self.emit_after("declare_queue", queue_name)

    def get_declared_queues(self) -> set[str]:
        """Return the names of the queues."""
        return set(self.queues)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 100) -> "MemoryConsumer":
        """Return a consumer of one queue."""
        return MemoryConsumer(self, self.intakes[queue_name], timeout / 1000)

    def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
        """Keep a retry until its delay, in milliseconds, is over."""
        delivery = delivery_of(message, queue=message.queue_name)
        with self.changed:
            heapq.heappush(self.delayed, (time.monotonic() + (delay or 0) / 1000, next(self._numbers), delivery))
            self.changed.notify_all()
        return message

    def put(self, delivery: Delivery) -> None:
        """Add a delivery to its queue."""
        with self.changed:
            self.waiting[delivery.queue].append(delivery)
            self.changed.notify_all()

    def wait_until_idle(self, timeout_seconds: float) -> bool:
        """Wait until nothing waits, nothing is under way and nothing is delayed; False if it took too long."""
        with self.changed:
            return self.changed.wait_for(
                lambda: not (self.under_way or self.delayed or any(self.waiting.values())), timeout_seconds
            )

    def backlog(self) -> int:
        """Return how many deliveries wait or are under way."""
        with self.changed:
            return sum(map(len, self.waiting.values())) + self.under_way


class MemoryConsumer(Consumer):
    """Consumes one queue of the broker in the process; joins what waits, as the real one does."""

    def __init__(self, broker: MemoryBroker, intake: Intake, timeout_seconds: float) -> None:
        self.connection = broker
        self.intake = intake
        self.timeout_seconds = timeout_seconds
        self.calls_under_way = 0

    def __iter__(self) -> "MemoryConsumer":
        return self

    def __next__(self) -> SafeMessage | None:
        broker = self.connection
        waiting = broker.waiting[self.intake.queue]
        with broker.changed:
            self._release_delayed()
            if not waiting or self.calls_under_way >= self.intake.in_flight:
                broker.changed.wait(min(self.timeout_seconds, 0.1))
                return None
            deliveries: list[Delivery] = []
            size_bytes = 0
            while waiting and len(deliveries) < self.intake.coalesce and size_bytes < MAX_CALL_BYTES:
                deliveries.append(waiting.popleft())
                size_bytes += len(deliveries[-1].body)
            broker.under_way += len(deliveries)
            self.calls_under_way += 1
        tags = list(range(len(deliveries)))
        return SafeMessage(self, call(self.intake.queue, deliveries), deliveries, tags)

    def ack(self, message: Any) -> None:
        """Do with each delivery what the decision about it says."""
        broker = self.connection
        with broker.changed:
            decided = list(zip(message.deliveries, message.decisions, strict=True))
            # From the back, so that what goes back to the front is in its order again.
            for position, (delivery, decision) in reversed(list(enumerate(decided))):
                if decision is AckDecision.GIVE_BACK:
                    broker.waiting[delivery.queue].appendleft(delivery)
                elif decision is AckDecision.REJECT:
                    error = message.errors.get(position, "none")
                    reason = f"dead-lettered after {delivery.retries + 1} attempts; the last known error: {error}"
                    read = delivery.read_properties()
                    dead = DeadDelivery(
                        delivery.queue,
                        "rejected",
                        reason,
                        delivery.body,
                        read.headers,
                        0,
                        delivery.exchange,
                        read.values,
                    )
                    broker.dead_deliveries.append(dead)
            broker.under_way -= len(message.deliveries)
            self.calls_under_way -= 1
            broker.changed.notify_all()

    def nack(self, message: Any) -> None:
        """Do with each delivery what the decision about it says."""
        self.ack(message)

    def requeue(self, messages: Iterable[Any]) -> None:
        """Put back what the worker received and did not begin, at its shutdown."""
        for message in messages:
            message.decide_all(AckDecision.GIVE_BACK)
            self.ack(message)

    def close(self) -> None:
        """Nothing is held."""

    def _release_delayed(self) -> None:
        broker = self.connection
        while broker.delayed and broker.delayed[0][0] <= time.monotonic():
            _, _, delivery = heapq.heappop(broker.delayed)
            broker.waiting[delivery.queue].append(delivery)


class MemoryPublisher:
    """Publishes into the broker in the process."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
        """Put messages into their queues; facts, which nobody listens to here, are confirmed."""
        return [self._publish(publication) for publication in publications]

    def rest(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def close(self) -> None:
        """Nothing is held."""

    def _publish(self, publication: Publication) -> Receipt:
        if publication.exchange == FACTS:
            return Receipt.CONFIRMED
        intake = self._broker.intakes.get(publication.routing_key)
        if intake is None or publication.exchange not in intake.exchanges:
            return Receipt.UNROUTABLE
        self._broker.put(
            Delivery(
                queue=intake.queue,
                exchange=publication.exchange,
                routing_key=publication.routing_key,
                body=publication.body,
                properties=publication_properties(publication),
            )
        )
        return Receipt.CONFIRMED


class MemoryDrain:
    """Drains the dead deliveries of the broker in the process."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._unacknowledged: list[DeadDelivery] = []

    def receive(self, seconds: float) -> list[DeadDelivery]:
        """Return what is there, or wait so long for it."""
        broker = self._broker
        with broker.changed:
            broker.changed.wait_for(lambda: bool(broker.dead_deliveries), seconds)
            deliveries = list(broker.dead_deliveries)
            broker.dead_deliveries.clear()
        self._unacknowledged += deliveries
        return deliveries

    def acknowledge(self, deliveries: Iterable[DeadDelivery]) -> None:
        """Let go of deliveries that are safe elsewhere now."""
        self._unacknowledged.clear()

    def close(self) -> None:
        """Put back what was not acknowledged."""
        with self._broker.changed:
            self._broker.dead_deliveries.extendleft(reversed(self._unacknowledged))
        self._unacknowledged.clear()
