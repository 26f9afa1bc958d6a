"""How many messages wait in the product's queues, asked over one connection that is replaced when it is lost."""

import contextlib

import pika
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.exceptions import AMQPError

from messages.queues import DUE, MINUTE_USAGE, NOTICE, PURCHASE, RECONCILIATION, RENEWAL, SUBSCRIPTION, WEBHOOK

QUEUES = (DUE, MINUTE_USAGE, NOTICE, PURCHASE, RECONCILIATION, RENEWAL, SUBSCRIPTION, WEBHOOK)


class Queues:
    """A watcher of the queues; those of retries wait by the host's clock, and are not of interest."""

    def __init__(self, amqp_url: str) -> None:
        self._parameters = pika.URLParameters(amqp_url)
        self._connection: BlockingConnection | None = None
        self._channel: BlockingChannel | None = None

    def waiting(self) -> int | None:
        """Return how many messages nobody has taken yet; None while the broker is away."""
        try:
            if self._channel is None:
                self._connection = pika.BlockingConnection(self._parameters)
                self._channel = self._connection.channel()
            declared = [self._channel.queue_declare(queue, passive=True) for queue in QUEUES]
            return sum(one.method.message_count for one in declared)
        except (AMQPError, OSError):
            self.close()
            return None

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(AMQPError, OSError):
            if self._connection is not None:
                self._connection.close()
        self._connection = self._channel = None
