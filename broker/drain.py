"""Draining the dead-letter queues: a message there is not safe, and operators cannot see it (L9, L10)."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

import pika

from broker.away import AWAY
from broker.declaring import declare_all
from broker.decoding import open_connection
from broker.properties import read_leniently
from broker.retry import delivery_of, error_of, read_retry
from broker.topology import INTAKES, RENEW_SECONDS, dead_letter_queue, delay_queue
from broker.url import connection_url

log = logging.getLogger(__name__)

BATCH = 50
RECONNECT_PAUSE_SECONDS = 2.0

_GONE: tuple[type[Exception], ...] = (*AWAY, AttributeError)
"""While it acknowledges the channel may be no more, too."""


@dataclass(frozen=True, slots=True)
class DeadDelivery:
    """
    A message that the broker dead-lettered, by itself or because the last attempt failed.

    `body` are the bytes as the producer sent them; `code` is RabbitMQ's word for why
    (`rejected`, `delivery_limit`, `maxlen`, `expired`); `headers` and `properties` are the producer's, and
    `x-death` is the broker's account of what happened; `tag` acknowledges it;
    `exchange` is the one of the first publication, empty where it is not known.
    """

    queue: str
    code: str
    reason: str
    body: bytes
    headers: dict[str, Any]
    tag: int
    exchange: str = ""
    properties: dict[str, Any] = field(default_factory=dict)


class Drain(Protocol):
    """Where dead deliveries come from; used by one thread."""

    def receive(self, seconds: float) -> list[DeadDelivery]:
        """Return what is there, or wait so long for it."""

    def acknowledge(self, deliveries: Iterable[DeadDelivery]) -> None:
        """Let go of deliveries that are safe elsewhere now."""

    def close(self) -> None:
        """Let go of the connection; what was not acknowledged stays where it is."""


class RabbitDrain:
    """Consumes every `*.XQ` of the broker and reconnects by itself."""

    def __init__(self, url: str, *, renew_seconds: float = RENEW_SECONDS) -> None:
        urls = connection_url(url)
        self._parameters = [pika.URLParameters(one) for one in ([urls] if isinstance(urls, str) else urls)]
        self._connection: pika.BlockingConnection | None = None
        self._channel: Any = None
        self._arrived: list[DeadDelivery] = []
        self._cancelled: list[str] = []
        self._renew_seconds = renew_seconds
        self._active_at = 0.0

    def receive(self, seconds: float) -> list[DeadDelivery]:
        """Return what is there, or wait so long for it; while the broker is away, nothing."""
        try:
            if self._connection is None:
                self._connect()
            assert self._connection is not None
            self._connection.process_data_events(time_limit=seconds)
            self._check_consumers()
        except AWAY as error:
            log.warning("the dead letters cannot be drained for now: %r", error)
            self._forget()
            time.sleep(min(seconds, RECONNECT_PAUSE_SECONDS))
        arrived, self._arrived = self._arrived, []
        return arrived

    def acknowledge(self, deliveries: Iterable[DeadDelivery]) -> None:
        """Let go of deliveries; if the connection is gone they come again, and are only counted again."""
        try:
            for delivery in deliveries:
                self._channel.basic_ack(delivery.tag)
        except _GONE as error:
            log.warning("dead letters could not be acknowledged and will come again: %r", error)
            self._forget()

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.is_open:
            connection.close()

    def _check_consumers(self) -> None:
        """Raise an error when a queue was deleted or moved; after it each is declared and consumed again."""
        if self._cancelled or self._channel.is_closed:
            raise ConnectionError(f"the broker cancelled the consumer of {self._cancelled or 'each queue'}")
        if self._arrived:
            self._active_at = time.monotonic()
        elif time.monotonic() - self._active_at > self._renew_seconds:
            self._channel.close()
            self._consume()

    def _connect(self) -> None:
        self._connection = open_connection(self._parameters)
        self._consume()

    def _consume(self) -> None:
        assert self._connection is not None
        self._channel = declare_all(self._connection)
        self._channel.basic_qos(prefetch_count=BATCH)
        self._cancelled, self._active_at = [], time.monotonic()
        self._channel.add_on_cancel_callback(lambda frame: self._cancelled.append(frame.method.consumer_tag))
        for queue in INTAKES:
            name = dead_letter_queue(queue)
            received = partial(self._received, queue)
            self._channel.basic_consume(name, received, consumer_tag=f"{name}-{uuid4().hex}")

    def _received(self, queue: str, _channel: Any, method: Any, properties: bytes, body: bytes) -> None:
        # The queue is the one that it was consumed from: a routing key is whatever somebody has published it with.
        self._arrived.append(dead_delivery(queue, properties, body, tag=method.delivery_tag))

    def _forget(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        self._arrived = []
        if connection is not None and connection.is_open:
            try:
                connection.close()
            except AWAY:
                log.debug("the connection was lost before it could be closed")


def dead_delivery(queue: str, encoded: bytes, body: bytes, *, tag: int) -> DeadDelivery:
    """
    Return the dead delivery in a message of a dead-letter queue, with the producer's own bytes and the last error.

    Args:
        queue: the work queue that it was meant for.
        encoded: its properties, with the headers that RabbitMQ added, `x-death` among them.
        body: the producer's bytes, or our retry around them.
        tag: the delivery tag that acknowledges it.
    """
    outer = read_leniently(encoded)
    found = outer.headers.get("x-death")
    deaths = [death for death in found if isinstance(death, dict)] if isinstance(found, list) else []
    first = deaths[0] if deaths else {}
    code = str(first.get("reason", "rejected"))
    # Only what came over the default exchange can be one of our retries; no producer may write to it.
    if first.get("exchange", "") == "":
        try:
            # One that waited for its next attempt names the delay queue.
            came_from = delay_queue(queue) if first.get("queue") == delay_queue(queue) else queue
            retry = read_retry(body, queue=came_from)
            delivery = delivery_of(retry, queue=queue)
            reason = f"dead-lettered after {delivery.retries + 1} attempts; the last known error: {error_of(retry)}"
            inner = delivery.read_properties()
            headers = inner.headers | {"x-death": deaths}
            return DeadDelivery(queue, code, reason, delivery.body, headers, tag, delivery.exchange, inner.values)
        except ValueError:
            reason = "a body on the default exchange that is not one of our retries"
    else:
        reason = f"the broker dead-lettered it: {code}"
    return DeadDelivery(queue, code, reason, body, outer.headers, tag, str(first.get("exchange", "")), outer.values)
