"""MemoryBroker: for an actor the same as RabbitMQ, but for what is left when the process ends."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

from broker.delivery import DeliveriesFailed, Delivery
from broker.memory import MemoryBroker, MemoryDrain, MemoryPublisher
from broker.middleware import GiveBack, Retries
from broker.publication import Publication, Receipt
from broker.topology import INTAKES, MAX_CALL_BYTES, Intake
from messages.errors import MessageRejected
from messages.queues import FACTS, INGRESS, INTERNAL
from tests.broker.worker import PATIENCE_S, RecordingActor, all_alive, running_worker_on
from tests.servers.waiting import wait_until

QUEUE = "minute-usage"


class TestPublishing:
    def test_brings_a_message_to_its_actor_as_it_came(self) -> None:
        calls = RecordingActor()
        with _running(calls) as broker:
            receipts = _publish(broker, b'{"a": 1}')
            assert broker.wait_until_idle(PATIENCE_S)

        assert receipts == [Receipt.CONFIRMED]
        [[delivery]] = calls.begun
        assert (delivery.queue, delivery.exchange, delivery.routing_key) == (QUEUE, INGRESS, QUEUE)
        assert delivery.body == b'{"a": 1}'
        assert delivery.read_properties().values["message_id"] == "id-0"

    @pytest.mark.parametrize(
        ("exchange", "routing_key"), [(INGRESS, "nowhere"), (INGRESS, "due"), (INTERNAL, QUEUE), ("", QUEUE)]
    )
    def test_refuses_what_no_queue_is_bound_for(self, exchange: str, routing_key: str) -> None:
        broker = MemoryBroker(middleware=[])

        receipts = MemoryPublisher(broker).publish([Publication(exchange, routing_key, "1", b"{}")])

        assert receipts == [Receipt.UNROUTABLE]
        assert broker.backlog() == 0

    def test_confirms_facts_although_nobody_listens(self) -> None:
        broker = MemoryBroker(middleware=[])

        receipts = MemoryPublisher(broker).publish([Publication(FACTS, "screph.x.v1", "1", b"{}", is_mandatory=False)])

        assert receipts == [Receipt.CONFIRMED]
        assert broker.backlog() == 0


class TestJoining:
    def test_joins_what_waits_up_to_the_limit(self) -> None:
        go = threading.Event()
        calls = RecordingActor(lambda deliveries: bool(go.wait(PATIENCE_S)) and None)
        with _running(calls, {QUEUE: Intake(QUEUE, (INGRESS,), coalesce=25, in_flight=1)}) as broker:
            _publish(broker, b"first")
            wait_until(lambda: len(calls.begun) == 1, "the first call has begun", limit_s=PATIENCE_S)
            _publish(broker, *(b"%d" % number for number in range(60)))

            go.set()
            assert broker.wait_until_idle(PATIENCE_S)

        assert [len(call) for call in calls.begun] == [1, 25, 25, 10]
        assert [each.body for call in calls.begun[1:] for each in call] == [b"%d" % number for number in range(60)]

    def test_joins_no_more_bytes_than_a_worker_can_hold(self) -> None:
        calls = RecordingActor()
        broker = MemoryBroker(middleware=[Retries()])
        _publish(broker, *[b"x" * (MAX_CALL_BYTES // 2)] * 3, b"small")
        with running_worker_on(broker, QUEUE, calls.handle):
            assert broker.wait_until_idle(PATIENCE_S)

        assert [len(call) for call in calls.begun] == [2, 2]

    def test_has_no_more_calls_under_way_than_it_should(self) -> None:
        go = threading.Event()
        calls = RecordingActor(lambda deliveries: bool(go.wait(PATIENCE_S)) and None)
        with _running(calls, {QUEUE: Intake(QUEUE, (INGRESS,), coalesce=1, in_flight=2)}) as broker:
            _publish(broker, b"a", b"b", b"c")
            wait_until(lambda: len(calls.begun) == 2, "two calls have begun", limit_s=PATIENCE_S)

            # The consumer polls ten times a second; a third call would begin within this time.
            assert not broker.wait_until_idle(0.3)
            assert len(calls.begun) == 2
            go.set()
            assert broker.wait_until_idle(PATIENCE_S)

        assert len(calls.ended) == 3


class TestDecisions:
    def test_what_fails_comes_again_with_its_bytes(self) -> None:
        calls = RecordingActor(_fail_below(2))
        with _running(calls) as broker:
            _publish(broker, b"\x00\xff")
            wait_until(lambda: len(calls.ended) == 1, "it is applied", limit_s=PATIENCE_S)

        assert [(call[0].body, call[0].retries) for call in calls.begun] == [(b"\x00\xff", n) for n in range(3)]
        assert {(call[0].exchange, call[0].read_properties().values["message_id"]) for call in calls.begun} == {
            (INGRESS, "id-0")
        }

    def test_a_failing_delivery_of_a_batch_comes_again_alone(self) -> None:
        go = threading.Event()

        def fail_the_bad_one(deliveries: Sequence[Delivery]) -> None:
            go.wait(PATIENCE_S)
            bad = [n for n, each in enumerate(deliveries) if each.body == b"bad" and not each.retries]
            if bad:
                raise DeliveriesFailed({n: OSError("bad") for n in bad})

        calls = RecordingActor(fail_the_bad_one)
        with _running(calls, {QUEUE: Intake(QUEUE, (INGRESS,), coalesce=9, in_flight=1)}) as broker:
            _publish(broker, b"first")
            wait_until(lambda: len(calls.begun) == 1, "the first call has begun", limit_s=PATIENCE_S)
            _publish(broker, b"a", b"bad", b"c")
            go.set()
            wait_until(lambda: calls.ended_bodies[b"bad"] == 1, "it is well again", limit_s=PATIENCE_S)

        assert [[each.body for each in call] for call in calls.begun[1:]] == [[b"a", b"bad", b"c"], [b"bad"]]

    def test_what_fails_for_good_is_dead_lettered_with_its_bytes(self) -> None:
        calls = RecordingActor(_fail_below(99))
        with _running(calls, max_retries=2) as broker:
            _publish(broker, b"hopeless")
            [letter] = MemoryDrain(broker).receive(PATIENCE_S)
            assert broker.wait_until_idle(PATIENCE_S)

        assert len(calls.begun) == 3
        assert (letter.queue, letter.code, letter.body) == (QUEUE, "rejected", b"hopeless")
        assert "after 3 attempts" in letter.reason

    def test_a_dead_letter_holds_the_last_error_as_with_rabbitmq(self) -> None:
        with _running(RecordingActor(_fail_below(99)), max_retries=2) as broker:
            _publish(broker, b"hopeless")
            [letter] = MemoryDrain(broker).receive(PATIENCE_S)

        assert "OSError: failed" in letter.reason

    def test_what_is_rejected_is_dead_lettered_at_once(self) -> None:
        def reject(_deliveries: Sequence[Delivery]) -> None:
            raise MessageRejected("Wrong", "it is wrong")

        calls = RecordingActor(reject)
        with _running(calls) as broker:
            _publish(broker, b"wrong")
            [letter] = MemoryDrain(broker).receive(PATIENCE_S)

        assert letter.body == b"wrong"
        assert len(calls.begun) == 1

    def test_what_a_shutdown_broke_off_waits_again_in_its_order(self) -> None:
        go = threading.Event()

        def hold(_deliveries: Sequence[Delivery]) -> None:
            go.wait(PATIENCE_S)
            raise GiveBack("the process is ending")

        calls = RecordingActor(hold)
        intakes = {QUEUE: Intake(QUEUE, (INGRESS,), coalesce=3, in_flight=1)}
        broker = MemoryBroker(intakes=intakes, middleware=[Retries()])
        _publish(broker, b"a", b"b", b"c", b"d")
        with running_worker_on(broker, QUEUE, calls.handle, threads=1) as worker:
            wait_until(lambda: len(calls.begun) == 1, "a call has begun", limit_s=PATIENCE_S)
            # The worker's threads stop first, so that they do not consume again what was given back.
            for thread in [*worker.workers, *worker.consumers.values()]:
                thread.stop()
            go.set()

        assert [delivery.body for delivery in broker.waiting[QUEUE]] == [b"a", b"b", b"c", b"d"]
        assert [delivery.retries for delivery in broker.waiting[QUEUE]] == [0, 0, 0, 0]

    def test_costs_no_thread(self) -> None:
        calls = RecordingActor(_fail_below(1))
        broker = MemoryBroker(middleware=[Retries(min_backoff_ms=10)])
        with running_worker_on(broker, QUEUE, calls.handle) as worker:
            _publish(broker, b"a", b"b")
            assert broker.wait_until_idle(PATIENCE_S)
            wait_until(lambda: calls.ended_bodies.total() == 2, "both are applied", limit_s=PATIENCE_S)
            assert all_alive(worker)


class TestIdle:
    def test_is_idle_at_the_beginning(self) -> None:
        assert MemoryBroker(middleware=[]).wait_until_idle(0)

    def test_is_not_idle_while_something_waits(self) -> None:
        broker = MemoryBroker(middleware=[])
        _publish(broker, b"a")

        assert not broker.wait_until_idle(0)
        assert broker.backlog() == 1

    def test_is_not_idle_while_something_is_under_way(self) -> None:
        go = threading.Event()
        calls = RecordingActor(lambda deliveries: bool(go.wait(PATIENCE_S)) and None)
        with _running(calls) as broker:
            _publish(broker, b"a")
            wait_until(lambda: len(calls.begun) == 1, "it is under way", limit_s=PATIENCE_S)

            assert not broker.wait_until_idle(0)
            assert broker.backlog() == 1
            go.set()
            assert broker.wait_until_idle(PATIENCE_S)

        assert len(calls.ended) == 1

    def test_is_not_idle_while_a_retry_waits(self) -> None:
        calls = RecordingActor(_fail_below(1))
        with _running(calls, min_backoff_ms=600) as broker:
            _publish(broker, b"a")
            wait_until(lambda: len(calls.begun) == 1 and not broker.backlog(), "it has failed", limit_s=PATIENCE_S)

            assert not broker.wait_until_idle(0)
            assert broker.wait_until_idle(PATIENCE_S)

        assert len(calls.ended) == 1

    def test_wakes_whoever_waits_at_once(self) -> None:
        with _running(RecordingActor()) as broker:
            _publish(broker, *(b"%d" % number for number in range(500)))
            started = time.monotonic()

            assert broker.wait_until_idle(60)
            assert time.monotonic() - started < 30

    def test_applies_each_once_whatever_fails_at_first(self) -> None:
        calls = RecordingActor(_fail_below(1))
        with _running(calls, {QUEUE: Intake(QUEUE, (INGRESS,), coalesce=7, in_flight=3)}) as broker:
            _publish(broker, *(b"%d" % number for number in range(300)))
            assert broker.wait_until_idle(PATIENCE_S)

        assert calls.ended_bodies == {b"%d" % number: 1 for number in range(300)}


@contextmanager
def _running(
    calls: RecordingActor,
    intakes: Mapping[str, Intake] = INTAKES,
    *,
    max_retries: int = 8,
    min_backoff_ms: int = 10,
) -> Iterator[MemoryBroker]:
    """Run a worker on a broker in this process; without the Watchdog, which would end it."""
    retries = Retries(max_retries=max_retries, min_backoff_ms=min_backoff_ms)
    broker = MemoryBroker(intakes=intakes, middleware=[retries])
    with running_worker_on(broker, QUEUE, calls.handle):
        yield broker


def _publish(broker: MemoryBroker, *bodies: bytes) -> list[Receipt]:
    publications = [Publication(INGRESS, QUEUE, f"id-{n}", body) for n, body in enumerate(bodies)]
    return MemoryPublisher(broker).publish(publications)


def _fail_below(times: int) -> Callable[[Sequence[Delivery]], None]:
    """A reaction that fails while a delivery was tried fewer times than this."""

    def react(deliveries: Sequence[Delivery]) -> None:
        failed = [n for n, each in enumerate(deliveries) if each.retries < times]
        if failed:
            raise DeliveriesFailed({n: OSError("failed") for n in failed})

    return react
