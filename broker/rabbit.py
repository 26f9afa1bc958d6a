"""Dramatiq's RabbitMQ broker, made safe for money."""

import random
from collections.abc import Mapping
from typing import Any

from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.middleware import Middleware

from broker import topology
from broker.consumer import SafeConsumer
from broker.middleware import Retries, SkipStale, Watchdog
from broker.topology import INTAKES, Intake, dead_letter_arguments, dead_letter_queue, delay_queue


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
    ) -> None:
        if middleware is None:
            middleware = [Retries(), SkipStale(), Watchdog()]
        super().__init__(url=connection_url(url), confirm_delivery=True, middleware=middleware)
        self.intakes = intakes
        if isinstance(self.parameters, list):
            # pika always tries the first one first; without this every process would sit on the same node.
            random.shuffle(self.parameters)

    @property
    def consumer_class(self) -> type[SafeConsumer]:
        """The class by which Dramatiq's worker consumes each queue."""
        return SafeConsumer

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


def connection_url(url: str) -> str | list[str]:
    """
    Return the AMQP URL with the time-outs that money wants, unless it names its own.

    pika's defaults wait for ever for a blocked broker and for a confirm. Several nodes are
    separated by `;`.
    """
    urls = [_with_defaults(one.strip()) for one in url.split(";") if one.strip()]
    return urls if len(urls) > 1 else urls[0]


_DEFAULTS = {
    "heartbeat": "15",
    "blocked_connection_timeout": "30",
    "socket_timeout": "5",
    "stack_timeout": "10",
    "connection_attempts": "1",
}


def _with_defaults(url: str) -> str:
    base, _, query = url.partition("?")
    given = {part.split("=", 1)[0] for part in query.split("&") if part}
    missing = [f"{name}={value}" for name, value in _DEFAULTS.items() if name not in given]
    return base + "?" + "&".join([part for part in query.split("&") if part] + missing)
