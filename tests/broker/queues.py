"""A RabbitMQ seen from outside: declaring, filling and reading queues, as a producer or an operator does."""

import atexit
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ChannelClosedByBroker, NackError

from broker.rabbit import SafeBroker
from broker.topology import Intake, dead_letter_queue, delay_queue
from messages.queues import INGRESS

_ENOUGH_TO_FILL = 50
_DELETED_AFTER_S = 15

_retired: deque[tuple[float, str, tuple[str, ...]]] = deque()


@contextmanager
def channel(url: str) -> Iterator[BlockingChannel]:
    """Open a connection with one channel on which publishing waits for the confirm."""
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        opened = connection.channel()
        opened.confirm_delivery()
        yield opened


@contextmanager
def an_intake(
    url: str,
    *,
    prefix: str = "test",
    exchange: str = INGRESS,
    coalesce: int = 1,
    in_flight: int = 4,
    prefetch: int = 100,
) -> Iterator[Intake]:
    """Declare a queue with a name of its own, as a worker does, and delete it with its XQ and DQ some time later."""
    intake = Intake(f"{prefix}-{uuid.uuid4().hex[:12]}", (exchange,), coalesce, in_flight, prefetch)
    declare(url, intake)
    yield intake
    delete_later(url, *all_three(intake.queue))


def delete_later(url: str, *queues: str) -> None:
    """
    Delete queues when a later test is done with its own, or when this process ends.

    Not at once: when a queue is deleted of which the dead-letter worker has just begun, that worker fails, is started
    again, fails again, and RabbitMQ 3.10 then starts none for any queue: from there on every declaration is answered
    with 541, until the node is started anew.
    """
    now_s = time.monotonic()
    _retired.append((now_s, url, queues))
    while _retired[0][0] < now_s - _DELETED_AFTER_S:
        _delete(*_retired.popleft()[1:])


def _delete(url: str, queues: tuple[str, ...]) -> None:
    try:
        with channel(url) as opened:
            for queue in queues:
                opened.queue_delete(queue)
    except (AMQPError, OSError):
        pass  # the node has gone, and the queues with it


@atexit.register
def _delete_all_retired() -> None:
    while _retired:
        _delete(*_retired.popleft()[1:])


def declare(url: str, intake: Intake) -> None:
    """Declare an intake's queues as a worker does before it consumes them."""
    broker = a_broker(url, intake)
    broker.declare_queue(intake.queue, ensure=True)
    broker.close()


def a_broker(url: str, intake: Intake) -> SafeBroker:
    """A broker without middleware, for tests that play the worker themselves."""
    return SafeBroker(url, intakes={intake.queue: intake}, middleware=[])


def all_three(queue: str) -> tuple[str, str, str]:
    """The names of a work queue, of its delay queue and of its dead-letter queue."""
    return queue, delay_queue(queue), dead_letter_queue(queue)


def publish(url: str, queue: str, *bodies: bytes, exchange: str = INGRESS, message_id: str | None = None) -> None:
    """Publish bodies one after the other, each confirmed and mandatory, as a producer must."""
    properties = pika.BasicProperties(delivery_mode=2, message_id=message_id)
    with channel(url) as opened:
        for body in bodies:
            opened.basic_publish(exchange, queue, body, properties, mandatory=True)


def count(url: str, queue: str) -> int:
    """How many messages wait in a queue and were delivered to nobody."""
    with channel(url) as opened:
        ready: int = opened.queue_declare(queue, passive=True).method.message_count
        return ready


def get_all(url: str, queue: str) -> list[bytes]:
    """Return whatever waits in a queue, and remove it."""
    bodies = []
    with channel(url) as opened:
        while (got := opened.basic_get(queue, auto_ack=True))[0] is not None:
            bodies.append(got[2])
    return bodies


def consume_all(url: str, queue: str) -> Counter[bytes]:
    """Remove whatever waits in a long queue, and return how often each body was there."""
    with channel(url) as opened:
        opened.basic_qos(prefetch_count=1_000)
        found: Counter[bytes] = Counter()
        for method, _, body in opened.consume(queue, auto_ack=True, inactivity_timeout=1):
            if method is None:
                return found
            found[body] += 1
        raise AssertionError(f"{queue} was deleted meanwhile")


def peek_all(url: str, queue: str) -> list[bytes]:
    """Return whatever waits in a queue, and leave it there."""
    bodies = []
    with channel(url) as opened:
        while (got := opened.basic_get(queue))[0] is not None:
            bodies.append(got[2])
    return bodies


def purge(url: str, *queues: str) -> None:
    """Empty a queue, its delay queue and its dead-letter queue, those of them that are there."""
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        for queue in queues:
            for name in all_three(queue):
                try:
                    connection.channel().queue_purge(name)
                except ChannelClosedByBroker:
                    pass  # nobody has declared it yet


def fill(url: str, queue: str) -> int:
    """Publish to a queue with a length limit until it refuses; return how many it accepted."""
    with channel(url) as opened:
        for accepted in range(_ENOUGH_TO_FILL):
            try:
                opened.basic_publish("", queue, b"filler", pika.BasicProperties(delivery_mode=2), mandatory=True)
            except NackError:
                return accepted
    raise AssertionError(f"{queue} accepted {_ENOUGH_TO_FILL} messages and is still not full")
