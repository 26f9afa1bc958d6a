"""
What stock Dramatiq does where ours is safe: the defects that broker/ exists for, shown beside it.

A test that fails here is good news: Dramatiq has repaired something, and our remedy may go.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dramatiq
import orjson
import pytest
from dramatiq import Message, Worker
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer
from dramatiq.middleware import Middleware, Retries

from tests.broker.queues import all_three, channel, count, publish
from tests.broker.worker import PATIENCE_S, all_alive, running_worker_on
from tests.servers.find import FoundRabbit
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class TestStockDramatiq:
    def test_l2_loses_a_message_whose_retry_is_refused(self, limited: PrivateRabbit) -> None:
        actor = _Actor(fails=True)
        with _queue(limited.url, prefix="full") as queue:
            broker = _broker(limited.url, [Retries(min_backoff=10)])
            broker.declare_queue(queue, ensure=True)
            with running_worker_on(broker, queue, actor):
                broker.enqueue(_message(queue))
                wait_until(lambda: actor.begun == 1, "it has failed", limit_s=PATIENCE_S)

            assert [count(limited.url, each) for each in all_three(queue)] == [0, 0, 0]
            assert actor.begun == 1

    def test_l3_acknowledges_a_message_with_the_tag_of_another_channel(self, rabbit_server: FoundRabbit) -> None:
        with _queue(rabbit_server.url) as queue:
            broker = _broker(rabbit_server.url)
            for _ in range(3):
                broker.enqueue(_message(queue))
            before = broker.consume(queue, prefetch=10, timeout=50)
            done, still_running = _next(before), _next(before)
            before.ack(done)
            before.close()
            after = broker.consume(queue, prefetch=10, timeout=50)
            _next(after), _next(after)

            after.ack(still_running)

            after.close()
            broker.close()
            # Two were being worked on and only one of them comes back.
            wait_until(lambda: count(rabbit_server.url, queue) == 1, "one is gone", limit_s=PATIENCE_S)

    def test_l4_acknowledges_a_message_of_the_queue_that_a_body_names(self, rabbit_server: FoundRabbit) -> None:
        payment, forged = _Actor(holds=True), _Actor()
        with _queue(rabbit_server.url) as victim, _queue(rabbit_server.url) as queue:
            broker = _broker(rabbit_server.url)
            _declare_actor(broker, victim, payment)
            with running_worker_on(broker, queue, forged, threads=2) as worker:
                broker.enqueue(_message(victim))
                wait_until(lambda: payment.begun == 1, "the payment is under way", limit_s=PATIENCE_S)
                publish(rabbit_server.url, queue, _envelope(queue, queue_name=victim), exchange="")
                wait_until(lambda: forged.begun == 1, "the forged one is handled", limit_s=PATIENCE_S)
                worker.stop(timeout=500)

                # It was not done, and does not come back.
                assert count(rabbit_server.url, victim) == 0
                payment.go.set()

    def test_l5_loses_a_thread_over_a_queue_that_nobody_consumes(self, rabbit_server: FoundRabbit) -> None:
        with _queue(rabbit_server.url) as queue, _running_worker(rabbit_server.url, queue, _Actor()) as worker:
            publish(rabbit_server.url, queue, _envelope(queue, queue_name="nobody"), exchange="")

            wait_until(lambda: not all_alive(worker), "a thread is dead", limit_s=PATIENCE_S)

    def test_l6_stands_still_over_options_that_are_null(self, rabbit_server: FoundRabbit) -> None:
        actor = _Actor()
        with _queue(rabbit_server.url) as queue:
            broker = _CountsConsumers(url=rabbit_server.url, confirm_delivery=True, middleware=[])
            broker.declare_queue(queue, ensure=True)
            publish(rabbit_server.url, queue, _envelope(queue, options=None), exchange="")
            broker.enqueue(_message(queue))
            with running_worker_on(broker, queue, actor):
                wait_until(lambda: broker.consumers_of[queue] >= 4, "it began again", limit_s=PATIENCE_S)

                assert actor.begun == 0

    def test_l7_loses_a_thread_and_the_message_over_throws(self, rabbit_server: FoundRabbit) -> None:
        actor = _Actor(fails=True)
        with _queue(rabbit_server.url) as queue:
            with _running_worker(rabbit_server.url, queue, actor) as worker:
                publish(rabbit_server.url, queue, _envelope(queue, options={"throws": "x"}), exchange="")
                wait_until(lambda: not all_alive(worker), "a thread is dead", limit_s=PATIENCE_S)

            assert [count(rabbit_server.url, each) for each in all_three(queue)] == [0, 0, 0]


class _Actor:
    """An actor of stock Dramatiq that counts its calls."""

    def __init__(self, *, fails: bool = False, holds: bool = False) -> None:
        self.begun = 0
        self.go = threading.Event()
        self._fails, self._holds = fails, holds

    def __call__(self) -> None:
        self.begun += 1
        if self._holds:
            self.go.wait(PATIENCE_S)
        if self._fails:
            raise OSError("failed")


class _CountsConsumers(RabbitmqBroker):
    """Counts how often a consumer was made, which is how often one failed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.consumers_of: dict[str, int] = {}

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5_000) -> Any:
        self.consumers_of[queue_name] = self.consumers_of.get(queue_name, 0) + 1
        return super().consume(queue_name, prefetch, timeout)


def _broker(url: str, middleware: list[Middleware] | None = None) -> RabbitmqBroker:
    return RabbitmqBroker(url=url, confirm_delivery=True, middleware=middleware or [])


@contextmanager
def _running_worker(url: str, queue: str, actor: Callable[[], None]) -> Iterator[Worker]:
    broker = _broker(url)
    broker.declare_queue(queue, ensure=True)
    with running_worker_on(broker, queue, actor, threads=2) as worker:
        yield worker


@contextmanager
def _queue(url: str, *, prefix: str = "stock") -> Iterator[str]:
    queue = f"{prefix}-{uuid.uuid4().hex[:12]}"
    yield queue
    with channel(url) as opened:
        for each in all_three(queue):
            opened.queue_delete(each)


def _next(consumer: _RabbitmqConsumer) -> Any:
    messages: list[Any] = []
    wait_until(lambda: messages.append(next(consumer)) or messages[-1] is not None, "one was there", limit_s=PATIENCE_S)
    return messages[-1]


def _message(queue: str) -> Message[Any]:
    return Message(queue_name=queue, actor_name=queue, args=(), kwargs={}, options={})


def _envelope(queue: str, **changes: Any) -> bytes:
    return orjson.dumps(orjson.loads(_message(queue).encode()) | changes)


def _declare_actor(broker: RabbitmqBroker, queue: str, actor: Callable[[], None]) -> None:
    dramatiq.actor(actor_name=queue, queue_name=queue, broker=broker)(actor)
