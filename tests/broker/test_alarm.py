"""In a memory alarm nothing can be published, so no retry; what needs none goes on."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from broker.delivery import Delivery
from broker.topology import dead_letter_queue, delay_queue
from tests.broker.queues import an_intake, channel, count, publish
from tests.broker.worker import PATIENCE_S, RecordingActor, quick_middleware, running_worker
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.waiting import wait_until


class TestAMemoryAlarm:
    def test_leaves_good_messages_their_way_past_failing_ones(self, rabbit: PrivateRabbit) -> None:
        is_well = threading.Event()

        def fail_the_bad(deliveries: Sequence[Delivery]) -> None:
            if deliveries[0].body.startswith(b"bad") and not is_well.is_set():
                raise OSError("not yet")

        bad, good = [b"bad %d" % n for n in range(6)], [b"good %d" % n for n in range(30)]
        calls = RecordingActor(fail_the_bad)
        with an_intake(rabbit.url, prefetch=10) as intake:
            publish(rabbit.url, intake.queue, *bad, *good)
            with _alarm(rabbit), running_worker(rabbit.url, intake, calls.handle, middleware=quick_middleware()):
                wait_until(lambda: len(calls.ended_bodies) >= len(good), "the good ones are done", limit_s=PATIENCE_S)
                is_well.set()
                wait_until(lambda: len(calls.ended_bodies) == 36, "the others as well", limit_s=2 * PATIENCE_S)

            assert set(calls.ended_bodies) == {*bad, *good}
            assert max(calls.ended_bodies.values()) == 1
            assert count(rabbit.url, dead_letter_queue(intake.queue)) == 0


class TestConnections:
    def test_are_two_for_a_queue_and_one_for_all_retries(self, rabbit: PrivateRabbit) -> None:
        calls = RecordingActor(_fail_at_first)
        with (
            an_intake(rabbit.url, in_flight=8) as intake,
            running_worker(rabbit.url, intake, calls.handle, threads=8),
        ):
            publish(rabbit.url, intake.queue, *(b"%d" % n for n in range(40)))
            wait_until(lambda: len(calls.ended_bodies) == 40, "all are applied", limit_s=PATIENCE_S)

            wait_until(lambda: _connections(rabbit) <= 3, "there are three", limit_s=PATIENCE_S)


class TestADelayQueueThatIsDeleted:
    def test_is_declared_again_for_the_next_retry(self, rabbit: PrivateRabbit) -> None:
        calls = RecordingActor(_fail_at_first)
        with (
            an_intake(rabbit.url) as intake,
            running_worker(rabbit.url, intake, calls.handle),
        ):
            for n in range(5):
                with channel(rabbit.url) as operator:
                    operator.queue_delete(delay_queue(intake.queue))
                publish(rabbit.url, intake.queue, b"%d" % n)

            publish(rabbit.url, intake.queue, b"last")
            wait_until(lambda: calls.ended_bodies[b"last"] == 1, "a retry goes through", limit_s=4 * PATIENCE_S)


def _fail_at_first(deliveries: Sequence[Delivery]) -> None:
    if any(each.retries == 0 for each in deliveries):
        raise OSError("not yet")


def _connections(rabbit: PrivateRabbit) -> int:
    return int(rabbit.evaluate("length(rabbit_networking:connections())"))


@contextmanager
def _alarm(rabbit: PrivateRabbit) -> Iterator[None]:
    rabbit.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.00001)")
    try:
        wait_until(
            lambda: "resource_limit,memory," in rabbit.evaluate("rabbit_alarm:get_alarms()"),
            "the alarm is raised",
            limit_s=PATIENCE_S,
        )
        yield
    finally:
        rabbit.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.4)")
