"""Confirmed publishing: a window of messages under way, each held until the broker confirms it."""

import logging
import re
import struct
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop, SelectConnection
from pika.exceptions import ShortStringTooLong, UnsupportedAMQPFieldException

from broker.away import AWAY
from broker.declaring import declare_all
from broker.publication import Publication, Receipt, property_values
from broker.url import connection_url
from messages.errors import Unavailable
from messages.queues import EXCHANGE_TYPES

log = logging.getLogger(__name__)

WINDOW = 500
"""Publications under way at once. One by one a confirm each is a tenth of the speed (BROKER.md section 3)."""

STACK_TIMEOUT_SECONDS = 10
"""How long pika may take for TCP, TLS and AMQP together; `connection_url` sets the same."""

_UNWRITABLE = (ShortStringTooLong, UnsupportedAMQPFieldException, AssertionError, TypeError, ValueError, struct.error)

MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.1, 5.0


class ConfirmedPublisher:
    """
    Publishes with confirms and repeats what was not confirmed.

    A repeat may arrive twice; the id in the body makes that harmless. Not for use by several
    threads. The connection is opened when first needed and again, with back-off, when it is lost.
    """

    def __init__(self, url: str, *, window: int = WINDOW) -> None:
        urls = connection_url(url)
        self._parameters = [pika.URLParameters(one) for one in ([urls] if isinstance(urls, str) else urls)]
        self._window = window
        self._ioloop = IOLoop()
        self._connection: SelectConnection | None = None
        self._channel: Any = None
        self._dropped: Any = None
        self._is_refused = False
        self._most_bytes = sys.maxsize
        self._attempts = 0
        # Of the current call: what is still to be sent, what is under way by tag, and the receipts.
        self._publications: Sequence[Publication] = ()
        self._waiting: deque[int] = deque()
        self._under_way: dict[int, int] = {}
        self._receipts: list[Receipt] = []
        self._returned: set[str] = set()
        # Exchanges that closed the channel under all the rest: True: there is none of the name, and it is none of ours;
        # False: one of ours is missing, or we may not write.
        self._closed: dict[str, bool] = {}
        self._next_tag = 1

    def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
        """
        Publish and return a receipt for each, in order.

        Args:
            publications: any number; a window of them is under way at once.
            patience_seconds: how long to repeat what is refused or lost, reconnecting with back-off.
        """
        deadline = time.monotonic() + patience_seconds
        self._publications = publications
        self._receipts = [Receipt.UNCONFIRMED] * len(publications)
        self._waiting = deque(range(len(publications)))
        self._under_way = {}
        self._returned = set()
        self._closed.clear()
        closed: frozenset[str] = frozenset()
        pause_seconds = MIN_PAUSE_SECONDS
        while (self._waiting or self._under_way) and (left_seconds := deadline - time.monotonic()) > 0:
            unconfirmed = len(self._waiting) + len(self._under_way)
            known, most_bytes = len(self._closed), self._most_bytes
            if self._is_open() or self._open(left_seconds):
                self._send()
                if self._under_way:
                    self._spin(left_seconds)
            if len(self._closed) > known or self._most_bytes < most_bytes:
                # The broker closed the channel over one publication; the others go first now.
                continue
            if len(self._waiting) + len(self._under_way) < unconfirmed:
                pause_seconds = MIN_PAUSE_SECONDS
            elif self._waiting:
                # Refused, returned to us, or no connection: not again at once.
                closed = frozenset(self._closed)
                self._closed.clear()
                self._drop_channel()
                self.rest(min(pause_seconds, left_seconds))
                pause_seconds = min(2 * pause_seconds, MAX_PAUSE_SECONDS)
        if self._under_way:
            # A confirm that comes after this returned must not count for a publication of the next call.
            self.close()
        for position in self._waiting:
            if self._publications[position].exchange in closed:
                self._receipts[position] = Receipt.CLOSED
        return self._receipts

    def rest(self, seconds: float) -> None:
        """Wait, and answer the broker's heartbeats meanwhile."""
        deadline = time.monotonic() + seconds
        while (left_seconds := deadline - time.monotonic()) > 0:
            if self._connection is None or self._connection.is_closed:
                time.sleep(left_seconds)
            else:
                self._spin(left_seconds)

    def close(self) -> None:
        """Let go of the connection; the next publication opens another."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is None or connection.is_closed:
            return
        if not connection.is_open:
            # pika cannot break off an opening; its own stack_timeout ends it.
            self._spin(STACK_TIMEOUT_SECONDS)
        if connection.is_open:
            connection.close()
            self._spin(2)
            if not connection.is_closed:
                # In a memory alarm the broker does not read what we say; the end of the stream it notices.
                connection._terminate_stream(ConnectionError("the broker did not answer the farewell"))
                self._spin(0.1)
        self._requeue_under_way()

    def _drop_channel(self) -> None:
        """
        Close a channel on which something was refused; the next publication opens another.

        A channel remembers the leader of a quorum queue. One that was opened while there was none is refused for
        as long as it lives, although the queue has long had a leader again.
        """
        if self._is_refused and self._is_open() and not self._under_way:
            self._dropped, self._channel = self._channel, None
            self._dropped.close()
        self._is_refused = False

    def _is_open(self) -> bool:
        return self._channel is not None and self._channel.is_open

    def _open(self, patience_seconds: float) -> bool:
        """Open what is missing, the connection or only the channel; False if that did not work out yet."""
        if self._connection is None or self._connection.is_closed:
            parameters = self._parameters[self._attempts % len(self._parameters)]
            self._attempts += 1
            self._connection = SelectConnection(
                parameters,
                on_open_callback=self._open_channel,
                on_open_error_callback=self._on_lost,
                on_close_callback=self._on_lost,
                custom_ioloop=self._ioloop,
            )
        elif self._connection.is_open:
            self._open_channel(self._connection)
        self._spin(min(patience_seconds, STACK_TIMEOUT_SECONDS))
        return self._is_open()

    def _open_channel(self, connection: SelectConnection) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:
        channel.add_on_close_callback(self._on_lost)
        channel.add_on_return_callback(self._on_returned)
        channel.confirm_delivery(
            lambda frame: self._on_confirm(channel, frame), callback=lambda _frame: self._on_ready(channel)
        )

    def _on_ready(self, channel: Any) -> None:
        if channel.connection is not self._connection:
            return
        self._channel, self._next_tag = channel, 1
        self._ioloop.stop()

    def _on_lost(self, subject: object, error: BaseException) -> None:
        if subject is self._dropped:
            self._dropped = None
            return
        if self._connection is not None and getattr(subject, "connection", subject) is not self._connection:
            # The end of an earlier connection says nothing of the present one.
            self._ioloop.stop()
            return
        if self._connection is not None:
            log.warning("publishing was interrupted: %r", error)
        if missing := re.search(r"no exchange '([^']+)'", str(error)):
            self._closed[missing[1]] = missing[1] not in EXCHANGE_TYPES
        if forbidden := re.search(r"access to exchange '([^']+)'", str(error)):
            self._closed[forbidden[1].replace("amq.default", "")] = False
        if most := re.search(r"configured max size (\d+)", str(error)):
            self._most_bytes = int(most.group(1))
        self._channel = None
        self._requeue_under_way()
        self._ioloop.stop()

    def _requeue_under_way(self) -> None:
        self._waiting.extendleft(sorted(self._under_way.values(), reverse=True))
        self._under_way.clear()

    def _send(self) -> None:
        for _ in range(len(self._waiting)):
            if len(self._under_way) >= self._window:
                return
            position = self._waiting.popleft()
            publication = self._publications[position]
            if self._closed.get(publication.exchange) is False:
                # It would close the channel again, under all the others.
                self._waiting.append(position)
                continue
            if fault := self._fault_of(publication):
                log.error(
                    "message %.255s to %s cannot be published: %s", publication.message_id, publication.exchange, fault
                )
                self._receipts[position] = Receipt.UNPUBLISHABLE
                continue
            self._under_way[self._next_tag] = position
            self._next_tag += 1
            self._channel.basic_publish(
                publication.exchange,
                publication.routing_key,
                publication.body,
                pika.BasicProperties(**property_values(publication)),
                mandatory=publication.is_mandatory,
            )

    def _fault_of(self, publication: Publication) -> str | None:
        """Return why a publication can never be sent, or None; sending it would end the channel or this process."""
        if self._closed.get(publication.exchange):
            # Ours are declared again by the next worker or relay; another comes from nowhere.
            return "the broker has no such exchange, and it is none of ours"
        if len(publication.body) > self._most_bytes:
            return f"it has {len(publication.body)} bytes, the broker takes {self._most_bytes}"
        try:
            pika.BasicProperties(**property_values(publication)).encode()
            pika.spec.Basic.Publish(exchange=publication.exchange, routing_key=publication.routing_key).encode()
        except _UNWRITABLE as error:
            return f"AMQP cannot write its properties: {error!r:.300}"
        return None

    def _on_returned(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        # The confirm follows: RabbitMQ has done with it what it could, which was nothing.
        self._returned.add(properties.message_id)

    def _on_confirm(self, channel: Any, frame: Any) -> None:
        if channel is not self._channel:
            # Tags start again with each channel: this confirm would count for a message of the present one.
            return
        tags = [frame.method.delivery_tag]
        if frame.method.multiple:
            tags = [tag for tag in self._under_way if tag <= tags[0]]
        for tag in tags:
            position = self._under_way.pop(tag, None)
            if position is None:
                continue
            if isinstance(frame.method, pika.spec.Basic.Nack):
                self._waiting.append(position)
                self._is_refused = True
            elif self._publications[position].message_id in self._returned:
                self._receipts[position] = Receipt.UNROUTABLE
            else:
                self._receipts[position] = Receipt.CONFIRMED
        # Filled up again as soon as it is half empty, so that the broker never waits for us.
        if self._is_open() and len(self._under_way) <= self._window // 2:
            if isinstance(frame.method, pika.spec.Basic.Ack):
                self._send()
            if not self._under_way:
                self._ioloop.stop()

    def _spin(self, seconds: float) -> None:
        """Serve the connection until something is finished or the time is up."""
        timer = self._ioloop.call_later(seconds, self._ioloop.stop)
        self._ioloop.start()
        self._ioloop.remove_timeout(timer)


def declare_topology(url: str) -> None:
    """
    Declare every exchange and queue, for a broker that nobody has used yet; past what is there in another way.

    Raises:
        Unavailable: the broker cannot be reached, or does not let us declare.
    """
    urls = connection_url(url)
    parameters = [pika.URLParameters(one) for one in ([urls] if isinstance(urls, str) else urls)]
    try:
        with pika.BlockingConnection(parameters) as connection:
            declare_all(connection)
    except AWAY as error:
        raise Unavailable(f"the broker cannot be reached, or refuses to declare our queues: {error!r}") from error
