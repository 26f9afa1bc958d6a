"""Dramatiq's RabbitMQ broker, made safe for money."""

import random
import time
from collections.abc import Mapping
from typing import Any

from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.common import q_name
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import Middleware

from broker import topology
from broker.away import AWAY
from broker.byte_budget import ByteBudget
from broker.consumer import SafeConsumer
from broker.middleware import Retries, SkipStale, Watchdog
from broker.publication import Receipt
from broker.retry_publisher import RetryPublisher
from broker.topology import INTAKES, Intake, dead_letter_arguments, dead_letter_queue, delay_queue
from broker.url import connection_url

RECONNECT_JITTER_SECONDS = 2.0
"""Added, in part, to Dramatiq's three seconds before a consumer connects again."""


class SafeBroker(RabbitmqBroker):
    """
    Confirms every publication, declares quorum queues, and consumes by `SafeConsumer`.

    Its middleware is written out (BROKER.md section 5): no TimeLimit and no AgeLimit, which would drop
    money messages or interrupt between commit and acknowledgement.
    """

    def __init__(
        self,
        url: str,
        *,
        intakes: Mapping[str, Intake] = INTAKES,
        middleware: list[Middleware] | None = None,
        budget: ByteBudget | None = None,
    ) -> None:
        if middleware is None:
            middleware = [Retries(), SkipStale(), Watchdog()]
        super().__init__(url=connection_url(url), confirm_delivery=True, middleware=middleware)
        self.intakes = intakes
        self.budget = budget or ByteBudget()
        self._retries = RetryPublisher(url)
        self._consumed: set[str] = set()
        if isinstance(self.parameters, list):
            # pika always tries the first one first; without this every process would sit on the same node.
            random.shuffle(self.parameters)

    @property
    def consumer_class(self) -> type[SafeConsumer]:
        """The class by which Dramatiq's worker consumes each queue."""
        return SafeConsumer

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Any:
        """
        Return a consumer of one queue, which is declared before.

        Raises:
            ConnectionClosed: the broker is away; Dramatiq's worker tries again after a while.
        """
        if queue_name in self._consumed:
            # Once more, after a loss: not with every other consumer of every worker in the same instant.
            time.sleep(random.uniform(0, RECONNECT_JITTER_SECONDS))
        self._consumed.add(queue_name)
        try:
            return super().consume(queue_name, prefetch, timeout)
        except AWAY as error:
            raise ConnectionClosed(error) from error
        finally:
            # Declaring had a connection of its own, which would lie idle and miss its heartbeats.
            del self.connection

    def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
        """
        Publish a retry, over the one connection that all threads share.

        Args:
            message: as `as_retry` writes it.
            delay: milliseconds that it waits in the delay queue; without, it goes to its work queue.

        Raises:
            ConnectionClosed: the broker did not confirm it in time.
        """
        queue = message.queue_name if delay is None else delay_queue(message.queue_name)
        if delay is not None:
            message = message.copy(queue_name=queue, options={"eta": int(time.time() * 1000) + delay})
        try:
            receipt = self._retries.publish(queue, message.encode(), can_wait=delay is None)
            if receipt is Receipt.UNROUTABLE:
                # Somebody deleted the queue.
                self.queues_pending.add(q_name(queue))
                self.declare_queue(q_name(queue), ensure=True)
                del self.connection
                receipt = self._retries.publish(queue, message.encode(), can_wait=delay is None)
        except AWAY as error:
            raise ConnectionClosed(error) from error
        if receipt is not Receipt.CONFIRMED:
            raise ConnectionClosed(TimeoutError(f"the broker did not confirm a retry: {receipt.value}"))
        return message

    def close(self) -> None:
        """Let go of every connection."""
        self._retries.close()
        super().close()

    def _declare_queue(self, queue_name: str) -> Any:
        topology.declare_exchanges(self.channel)
        declared = self.channel.queue_declare(queue_name, durable=True, arguments=topology.queue_arguments(queue_name))
        for exchange in self.intakes[queue_name].exchanges:
            self.channel.queue_bind(queue_name, exchange, queue_name)
        return declared

    def _declare_dq_queue(self, queue_name: str) -> Any:
        return self.channel.queue_declare(
            delay_queue(queue_name), durable=True, arguments=topology.queue_arguments(queue_name)
        )

    def _declare_xq_queue(self, queue_name: str) -> Any:
        return self.channel.queue_declare(
            dead_letter_queue(queue_name), durable=True, arguments=dead_letter_arguments()
        )
