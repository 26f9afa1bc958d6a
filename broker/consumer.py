"""The consumer: joins the deliveries that have already arrived, and acknowledges each by its own tag."""

import heapq
import logging
import random
import time
from dataclasses import replace
from functools import partial
from typing import Any

from dramatiq.brokers.rabbitmq import _RabbitmqConsumer
from dramatiq.common import q_name
from dramatiq.errors import ConnectionClosed

from broker.away import AWAY
from broker.byte_budget import ByteShare
from broker.decoding import open_connection
from broker.delivery import MAX_REDELIVERIES, Delivery
from broker.message import AckDecision, SafeMessage, call
from broker.properties import read_leniently
from broker.retry import delivery_of, read_retry
from broker.topology import DELAY_PREFETCH, MAX_CALL_BYTES, RENEW_SECONDS, delay_queue

log = logging.getLogger(__name__)

SUSPECT_REDELIVERIES = 3
"""From so many redeliveries on a delivery is handled alone: it may be what ends workers, or only stand beside it."""


class SafeConsumer(_RabbitmqConsumer):
    """
    Dramatiq's consumer, made safe for money (BROKER.md, L3 to L6 and L8).

    It belongs to one channel and knows its own messages: a tag of an earlier channel
    is never acknowledged on this one. It runs in Dramatiq's consumer thread; only `ack` and `nack`
    are called from others, and they hand over to this thread.
    """

    def __init__(self, broker: Any, queue_name: str, prefetch: int, timeout: int) -> None:
        self.intake = broker.intakes[q_name(queue_name)]
        self.is_delay = queue_name == delay_queue(self.intake.queue)
        self.timeout_seconds = timeout / 1000
        # Messages under way by their first tag, the oldest first.
        self.under_way: dict[int, SafeMessage] = {}
        # What came again and again, by tag, until each has its turn; and the one that has it now.
        self.suspects: dict[int, Delivery] = {}
        self.suspect_under_way: int | None = None
        # What failed while no retry could be published: due (monotonic), tag, and the delivery to be tried again.
        self.held: list[tuple[float, int, Delivery]] = []
        # Tags that are answered later than those behind them, so no answer may speak for several at once.
        self.set_aside: set[int] = set()
        self.share = ByteShare(broker.budget)
        # tag -> bytes of what is not answered yet, headers and all.
        self.sizes: dict[int, int] = {}
        # Not by Dramatiq's own constructor, which would open a connection that decodes every header.
        self.broker, self.queue_name, self.logger = broker, queue_name, log
        try:
            self.connection = open_connection(broker.parameters, self.share)
            self._consume()
        except AWAY as error:
            raise ConnectionClosed(error) from None

    def __next__(self) -> SafeMessage | None:
        try:
            self.connection._impl.regulate()
            self._renew_if_idle()
            return self._next_delayed() if self.is_delay else self._next_call()
        except StopIteration:
            # The broker cancelled the consumer (queue moved, 4.3's consumer timeout). Whatever this channel
            # brought will come again, so the channel must go, or it would be run twice (L8).
            raise ConnectionClosed(RuntimeError("the broker cancelled the consumer")) from None
        except AWAY as error:
            if getattr(error, "reply_code", None) == 404:
                self.broker.queues_pending.add(q_name(self.queue_name))
            raise ConnectionClosed(error) from None

    def _consume(self) -> None:
        self.channel = self.connection.channel()
        self.channel.basic_qos(prefetch_count=DELAY_PREFETCH if self.is_delay else self.intake.prefetch)
        self.iterator = self.channel.consume(self.queue_name, inactivity_timeout=self.timeout_seconds)
        self.active_at = time.monotonic()

    def _renew_if_idle(self) -> None:
        is_idle = not (self.under_way or self.suspects or self.held or self.share.held_bytes)
        if is_idle and time.monotonic() - self.active_at > RENEW_SECONDS:
            self.channel.close()
            self._consume()

    def _next_call(self) -> SafeMessage | None:
        if not self._has_room():
            return None
        deliveries: list[Delivery] = []
        tags: list[int] = []
        size_bytes = 0
        while self.held and self.held[0][0] <= time.monotonic():
            _, tag, held = heapq.heappop(self.held)
            deliveries.append(held)
            tags.append(tag)
            size_bytes += len(held.body)
        while (
            len(tags) < self.intake.coalesce
            and size_bytes < MAX_CALL_BYTES
            and (self.channel.get_waiting_message_count() or not (tags or self.suspects))
        ):
            method, properties, body = next(self.iterator)
            if method is None:
                return None
            self.sizes[method.delivery_tag] = len(body) + len(properties)
            delivery = self._read(method, properties, body)
            if delivery is None:
                continue
            if SUSPECT_REDELIVERIES <= delivery.redeliveries < MAX_REDELIVERIES:
                self.suspects[method.delivery_tag] = delivery
                self.set_aside.add(method.delivery_tag)
                continue
            deliveries.append(delivery)
            tags.append(method.delivery_tag)
            size_bytes += len(body)
        return self._under_way(deliveries, tags) if tags else self._next_suspect()

    def _next_suspect(self) -> SafeMessage | None:
        """
        Return one delivery that came again and again, alone, or None while another of them is under way.

        Any of them, by chance: when one ends this process, half of the others were handled before it, and after a few
        such ends it alone is left.
        """
        if self.suspect_under_way is not None:
            # Returns as soon as the answer to it is to be sent.
            self.connection.process_data_events(time_limit=self.timeout_seconds)
            return None
        tag = random.choice(list(self.suspects))
        delivery = self.suspects.pop(tag)
        log.warning("a delivery on %s came %d times again and is tried alone", delivery.queue, delivery.redeliveries)
        self.suspect_under_way = tag
        return self._under_way([delivery], [tag])

    def _under_way(self, deliveries: list[Delivery], tags: list[int]) -> SafeMessage:
        message = SafeMessage(self, call(self.intake.queue, deliveries), deliveries, tags)
        self.under_way[tags[0]] = message
        self.active_at = time.monotonic()
        return message

    def _has_room(self) -> bool:
        """
        Wait until another call may start.

        While as many are under way as are useful, arrivals gather; so a call is
        large when there is much to do and small, and quick, when there is little.
        """
        # Zero also when there is room: this is where pending acknowledgements are sent to the broker.
        self.connection.process_data_events(time_limit=0)
        if len(self.under_way) >= self.intake.in_flight:
            self.connection.process_data_events(time_limit=self.timeout_seconds)
        return len(self.under_way) < self.intake.in_flight

    def _next_delayed(self) -> SafeMessage | None:
        method, properties, body = next(self.iterator)
        if method is None:
            return None
        self.sizes[method.delivery_tag] = len(body) + len(properties)
        try:
            retry = read_retry(body, queue=self.queue_name)
        except ValueError:
            self._reject(method.delivery_tag)
            return None
        message = SafeMessage(self, retry, [], [method.delivery_tag])
        # Dramatiq acknowledges it only after it has published it to the work queue, so nobody decides otherwise.
        message.decide_all(AckDecision.ACK)
        self.under_way[method.delivery_tag] = message
        self.active_at = time.monotonic()
        return message

    def _read(self, method: Any, properties: bytes, body: bytes) -> Delivery | None:
        """Return the delivery, or None when its body was rejected as not one of our retries."""
        redeliveries = read_leniently(properties).redeliveries if method.redelivered else 0
        if method.exchange:
            return Delivery(
                queue=self.intake.queue,
                exchange=method.exchange,
                routing_key=method.routing_key,
                body=body,
                properties=properties,
                redeliveries=redeliveries,
            )
        # The default exchange, which no producer outside may write to: one of our own retries.
        try:
            delivery = delivery_of(read_retry(body, queue=self.intake.queue), queue=self.intake.queue)
        except ValueError:
            self._reject(method.delivery_tag)
            return None
        return replace(delivery, redeliveries=redeliveries) if redeliveries else delivery

    def _reject(self, tag: int) -> None:
        log.warning("a body on %s is not one of our retries; it goes to the dead letters", self.queue_name)
        self._answered(tag)
        self.channel.basic_nack(tag, requeue=False)

    def _answered(self, tag: int) -> None:
        self.share.change(-self.sizes.pop(tag, 0))

    def close(self) -> None:
        """Let go of the connection; what was not answered is delivered again, to whoever is there."""
        try:
            super().close()
        finally:
            # Afterwards, for while a connection is being closed deliveries still arrive, and are counted.
            self.share.close()

    def ack(self, message: Any) -> None:
        """Answer the broker about each delivery; called from worker threads."""
        if message.owner is not self:
            # Its tags are those of an earlier channel and would acknowledge unrelated messages here (L3).
            log.info("%s came over a channel that is gone; it will be delivered again", message)
            return
        try:
            self.connection.add_callback_threadsafe(partial(self._acknowledge, message))
        except AWAY:
            log.info("%s cannot be acknowledged, the connection is gone; it will be delivered again", message)

    def nack(self, message: Any) -> None:
        """Dead-letter every delivery of a message; Dramatiq asks for this when no actor is there."""
        message.decide_all(AckDecision.REJECT)
        self.ack(message)

    def _acknowledge(self, message: SafeMessage) -> None:
        is_oldest = next(iter(self.under_way), None) == message.tags[0] and not self.set_aside
        self.under_way.pop(message.tags[0], None)
        if self.suspect_under_way == message.tags[0]:
            self.suspect_under_way = None
        if is_oldest and all(decision is AckDecision.ACK for decision in message.decisions):
            for tag in message.tags:
                self._answered(tag)
            # Nothing older is under way, so one frame acknowledges everything up to the last tag of this message.
            self.channel.basic_ack(message.tags[-1], multiple=True)
            return
        # Not by the blocking channel, which goes to the socket and back for each: for a thousand tags that is a tenth
        # of what a worker can do.
        unflushed = self.channel._impl
        for position, (tag, decision) in enumerate(zip(message.tags, message.decisions, strict=True)):
            if decision is AckDecision.HOLD:
                due = time.monotonic() + message.hold_ms[position] / 1000
                heapq.heappush(self.held, (due, tag, message.deliveries[position]))
                self.set_aside.add(tag)
                continue
            self.set_aside.discard(tag)
            self._answered(tag)
            if decision is AckDecision.ACK:
                unflushed.basic_ack(tag)
            else:
                unflushed.basic_nack(tag, requeue=decision is AckDecision.GIVE_BACK)
        self.channel._flush_output()
