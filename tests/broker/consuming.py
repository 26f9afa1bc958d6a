"""Playing the worker by hand: one consumer in this thread, so that each step is the test's."""

from collections.abc import Iterator
from contextlib import contextmanager

from broker.consumer import SafeConsumer
from broker.message import SafeMessage
from broker.topology import Intake
from tests.broker.queues import a_broker
from tests.servers.waiting import wait_until

_TIMEOUT_MS = 50
_LIMIT_S = 10


@contextmanager
def consuming(url: str, intake: Intake, queue: str | None = None, *, is_empty: bool = True) -> Iterator[SafeConsumer]:
    """
    Consume from an intake, or from another of its queues.

    At the end the connection is simply gone, as with a worker that was killed: nothing is acknowledged.

    Args:
        url: the RabbitMQ.
        intake: what to consume.
        queue: its delay queue, instead of its work queue.
        is_empty: whether the queue is; then deliveries arrive from here on, and `gather` waits for them.
    """
    broker = a_broker(url, intake)
    consumer = broker.consume(queue or intake.queue, timeout=_TIMEOUT_MS)
    assert isinstance(consumer, SafeConsumer)
    try:
        if is_empty:
            assert next(consumer) is None  # which asks the broker to deliver
        yield consumer
    finally:
        if consumer.connection.is_open:
            consumer.connection.close()
        broker.close()


def gather(consumer: SafeConsumer, arrivals: int) -> None:
    """Wait until so many deliveries have arrived, without reading one."""

    def have_arrived() -> bool:
        consumer.connection.process_data_events(time_limit=0)
        return consumer.channel.get_waiting_message_count() == arrivals

    wait_until(have_arrived, f"{arrivals} deliveries have arrived", limit_s=_LIMIT_S)


def next_call(consumer: SafeConsumer) -> SafeMessage:
    """Return the next call."""
    calls: list[SafeMessage] = []

    def is_there() -> bool:
        message = next(consumer)
        if message is not None:
            calls.append(message)
        return message is not None

    wait_until(is_there, "a call was there", limit_s=_LIMIT_S)
    return calls[0]


def acknowledge(consumer: SafeConsumer, message: SafeMessage) -> None:
    """Answer the broker about each delivery of a call, as a worker thread does after the actor."""
    consumer.ack(message)
    if consumer.connection.is_open:
        consumer.connection.process_data_events(time_limit=0)


def bodies_of(message: SafeMessage) -> list[bytes]:
    """What the deliveries of a call brought."""
    return [delivery.body for delivery in message.deliveries]
