"""A subscriber as others write them: a durable queue of its own, and it reconnects."""

import logging
import threading
from contextlib import closing

import pika
from pika.exceptions import AMQPError

log = logging.getLogger(__name__)

_PAUSE_S = 0.2


class Listener:
    """Takes whatever is published to an exchange under a routing key, in a thread of its own."""

    def __init__(self, url: str, *, queue: str) -> None:
        self.url = url
        self.queue = queue
        self.heard: list[tuple[str, bytes]] = []
        """Id and body of every delivery, in the order of arrival, repeats included."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"listener-{queue}", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End listening."""
        self._stopping.set()
        self._thread.join(20)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(_connect(self.url)) as connection:
                    self._take(connection)
            except (AMQPError, OSError) as error:
                log.info("%s: the broker is away: %r", self.queue, error)
                self._stopping.wait(_PAUSE_S)

    def _take(self, connection: pika.BlockingConnection) -> None:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=500)
        for method, properties, body in channel.consume(self.queue, inactivity_timeout=_PAUSE_S):
            if method is not None:
                self.heard.append((properties.message_id, body))
                channel.basic_ack(method.delivery_tag)
            if self._stopping.is_set():
                return


def declare(url: str, *, queue: str, exchange: str, routing_key: str) -> None:
    """Declare a listener's queue and bind it."""
    with closing(_connect(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
        channel.queue_bind(queue, exchange, routing_key)


def purge(url: str, queues: list[str]) -> None:
    """Empty queues from which nobody takes."""
    with closing(_connect(url)) as connection:
        channel = connection.channel()
        for queue in queues:
            channel.queue_purge(queue)


def _connect(url: str) -> pika.BlockingConnection:
    """Connect to the first node that answers, of one or of several separated by `;`."""
    return pika.BlockingConnection([pika.URLParameters(one) for one in url.split(";")])
