"""SafeConsumer: deliveries are joined, and each is acknowledged by its own tag on its own channel (L3, L8)."""

import threading
import time
from collections.abc import Sequence

import pytest
from dramatiq.errors import ConnectionClosed
from pika.exceptions import UnroutableError

from broker import consumer as consumer_module
from broker.delivery import DeliveriesFailed, Delivery
from broker.message import AckDecision
from broker.topology import MAX_CALL_BYTES, dead_letter_queue, delay_queue
from tests.broker.consuming import acknowledge, bodies_of, consuming, gather, next_call
from tests.broker.queues import all_three, an_intake, channel, count, declare, get_all, publish
from tests.broker.worker import PATIENCE_S, RecordingActor, all_alive, quick_middleware, running_worker
from tests.servers.find import FoundRabbit
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.waiting import wait_until

_DAMAGE_S = 0.5
"""In which the broker would act upon an acknowledgement that is wrong."""


class TestAnEarlierChannel:
    def test_a_message_of_a_lost_channel_acknowledges_nothing_on_the_next_one(self, rabbit: PrivateRabbit) -> None:
        with an_intake(rabbit.url) as intake:
            with consuming(rabbit.url, intake) as before:
                publish(rabbit.url, intake.queue, b"done", b"still running", b"another")
                done, running = next_call(before), next_call(before)
                done.decide_all(AckDecision.ACK)
                acknowledge(before, done)
                wait_until(lambda: rabbit.depths()[intake.queue] == 2, "the broker has heard it", limit_s=PATIENCE_S)
                rabbit.close_all_connections()
                with pytest.raises(ConnectionClosed):
                    next_call(before)
            with consuming(rabbit.url, intake, is_empty=False) as after:
                # Tags have started again: the second of this channel has that of the one still running.
                assert bodies_of(next_call(after)) == [b"still running"]
                another = next_call(after)
                assert (bodies_of(another), another.tags) == ([b"another"], running.tags)

                running.decide_all(AckDecision.ACK)
                acknowledge(after, running)

            wait_until(lambda: count(rabbit.url, intake.queue) == 2, "both have come back", limit_s=PATIENCE_S)
            assert sorted(get_all(rabbit.url, intake.queue)) == [b"another", b"still running"]

    def test_a_message_of_a_lost_channel_rejects_nothing_on_the_next_one(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake:
            with consuming(rabbit_server.url, intake) as before:
                publish(rabbit_server.url, intake.queue, b"stale")
                stale = next_call(before)
            with consuming(rabbit_server.url, intake, is_empty=False) as after:
                next_call(after)
                stale.fail()

                after.nack(stale)
                after.connection.process_data_events(time_limit=0)

            wait_until(lambda: count(rabbit_server.url, intake.queue) == 1, "it has come back", limit_s=PATIENCE_S)
            assert count(rabbit_server.url, dead_letter_queue(intake.queue)) == 0

    def test_an_actor_that_outlives_its_connection_costs_no_other_message(self, rabbit: PrivateRabbit) -> None:
        first_run, second_runs = threading.Event(), threading.Event()
        lock = threading.Lock()
        runs: list[bytes] = []

        def hold(deliveries: Sequence[Delivery]) -> None:
            body = deliveries[0].body
            with lock:
                runs.append(body)
                is_first = runs.count(body) == 1
            if body == b"quick":
                return
            (first_run if body == b"slow" and is_first else second_runs).wait(2 * PATIENCE_S)

        calls = RecordingActor(hold)
        with an_intake(rabbit.url) as intake, running_worker(rabbit.url, intake, calls.handle, threads=6) as worker:
            publish(rabbit.url, intake.queue, b"quick", b"slow", b"waiting")
            wait_until(lambda: calls.begun_bodies[b"waiting"] == 1, "all have begun", limit_s=PATIENCE_S)

            rabbit.close_all_connections()
            wait_until(lambda: calls.begun_bodies[b"waiting"] == 2, "all run again", limit_s=PATIENCE_S)
            first_run.set()
            wait_until(lambda: calls.ended_bodies[b"slow"] == 1, "the first run has ended", limit_s=PATIENCE_S)

            # Its acknowledgement is on the way; give it the time to do the damage that it must not do.
            consumer = worker.consumers[intake.queue].consumer
            assert consumer is not None
            was_served = threading.Event()
            consumer.connection.add_callback_threadsafe(was_served.set)
            assert was_served.wait(PATIENCE_S)
            time.sleep(_DAMAGE_S)
            rabbit.close_all_connections()
            wait_until(lambda: calls.begun_bodies[b"waiting"] == 3, "it comes once more", limit_s=PATIENCE_S)
            second_runs.set()

    def test_what_was_prefetched_over_it_runs_once(self, rabbit: PrivateRabbit) -> None:
        go = threading.Event()
        calls = RecordingActor(lambda deliveries: bool(go.wait(PATIENCE_S)) and None)
        with an_intake(rabbit.url, in_flight=4) as intake:
            with running_worker(rabbit.url, intake, calls.handle, threads=1) as worker:
                publish(rabbit.url, intake.queue, b"running", b"a", b"b", b"c")
                wait_until(lambda: worker.work_queue.qsize() == 3, "three wait for the thread", limit_s=PATIENCE_S)

                rabbit.close_all_connections()
                wait_until(lambda: worker.work_queue.qsize() == 7, "all have come again", limit_s=PATIENCE_S)
                go.set()
                wait_until(lambda: worker.work_queue.qsize() == 0, "all were seen", limit_s=PATIENCE_S)

            assert calls.ended_bodies == {b"running": 2, b"a": 1, b"b": 1, b"c": 1}
            assert count(rabbit.url, intake.queue) == 0


class TestJoining:
    def test_joins_what_has_arrived_up_to_the_limit(self, rabbit_server: FoundRabbit) -> None:
        with (
            an_intake(rabbit_server.url, coalesce=3) as intake,
            consuming(rabbit_server.url, intake) as consumer,
        ):
            publish(rabbit_server.url, intake.queue, *(b"%d" % number for number in range(7)))
            gather(consumer, 7)

            calls = [bodies_of(next_call(consumer)) for _ in range(3)]

            assert calls == [[b"0", b"1", b"2"], [b"3", b"4", b"5"], [b"6"]]

    def test_joins_no_more_bytes_than_a_worker_can_hold(self, rabbit_server: FoundRabbit) -> None:
        large = b"x" * (MAX_CALL_BYTES // 2)
        with (
            an_intake(rabbit_server.url, coalesce=100) as intake,
            consuming(rabbit_server.url, intake) as consumer,
        ):
            publish(rabbit_server.url, intake.queue, *[large] * 3, b"small")
            gather(consumer, 4)

            assert [len(next_call(consumer).deliveries) for _ in range(2)] == [2, 2]

    def test_does_not_wait_for_more_than_has_arrived(self, rabbit_server: FoundRabbit) -> None:
        with (
            an_intake(rabbit_server.url, coalesce=100) as intake,
            consuming(rabbit_server.url, intake) as consumer,
        ):
            publish(rabbit_server.url, intake.queue, b"alone")

            assert bodies_of(next_call(consumer)) == [b"alone"]

    def test_lets_arrivals_gather_while_enough_calls_are_under_way(self, rabbit_server: FoundRabbit) -> None:
        with (
            an_intake(rabbit_server.url, coalesce=1, in_flight=2) as intake,
            consuming(rabbit_server.url, intake) as consumer,
        ):
            publish(rabbit_server.url, intake.queue, b"a", b"b", b"c")
            gather(consumer, 3)
            first, _second = next_call(consumer), next_call(consumer)

            assert next(consumer) is None

            first.decide_all(AckDecision.ACK)
            acknowledge(consumer, first)
            assert bodies_of(next_call(consumer)) == [b"c"]

    def test_joins_a_backlog_behind_a_call_in_a_worker(self, rabbit_server: FoundRabbit) -> None:
        go = threading.Event()
        calls = RecordingActor(lambda deliveries: bool(go.wait(PATIENCE_S)) and None)
        with (
            an_intake(rabbit_server.url, coalesce=25, in_flight=1) as intake,
            running_worker(rabbit_server.url, intake, calls.handle) as worker,
        ):
            publish(rabbit_server.url, intake.queue, b"first")
            wait_until(lambda: bool(calls.begun), "the first call has begun", limit_s=PATIENCE_S)
            publish(rabbit_server.url, intake.queue, *(b"%d" % number for number in range(60)))
            consumer = worker.consumers[intake.queue].consumer
            assert consumer is not None
            wait_until(
                lambda: consumer.channel.get_waiting_message_count() == 60, "all have arrived", limit_s=PATIENCE_S
            )

            go.set()
            wait_until(lambda: calls.ended_bodies.total() == 61, "all are applied", limit_s=PATIENCE_S)

            assert [len(call) for call in calls.begun] == [1, 25, 25, 10]
            assert set(calls.ended_bodies.values()) == {1}


class TestAcknowledging:
    def test_nothing_is_acked_before_its_call_has_ended(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url, coalesce=3) as intake:
            with consuming(rabbit_server.url, intake) as consumer:
                publish(rabbit_server.url, intake.queue, b"a", b"b", b"c")
                gather(consumer, 3)
                next_call(consumer)

            wait_until(lambda: count(rabbit_server.url, intake.queue) == 3, "all are back", limit_s=PATIENCE_S)

    def test_a_call_nobody_decided_about_is_given_back(self, rabbit_server: FoundRabbit) -> None:
        with (
            an_intake(rabbit_server.url, coalesce=2) as intake,
            consuming(rabbit_server.url, intake) as consumer,
        ):
            publish(rabbit_server.url, intake.queue, b"a", b"b")
            gather(consumer, 2)
            message = next_call(consumer)

            acknowledge(consumer, message)

            gather(consumer, 2)
            assert sorted(bodies_of(next_call(consumer))) == [b"a", b"b"]

    @pytest.mark.parametrize(
        ("ended", "returned"),
        [
            ([], [b"1", b"2", b"3", b"4", b"5", b"6"]),
            ([0], [b"3", b"4", b"5", b"6"]),
            ([1], [b"1", b"2", b"5", b"6"]),
            ([2], [b"1", b"2", b"3", b"4"]),
            ([1, 0], [b"5", b"6"]),
            ([2, 0], [b"3", b"4"]),
            ([2, 1], [b"1", b"2"]),
            ([2, 1, 0], []),
            ([0, 2, 1], []),
        ],
    )
    def test_calls_that_end_in_any_order_acknowledge_their_own_deliveries_only(
        self, rabbit_server: FoundRabbit, ended: list[int], returned: list[bytes]
    ) -> None:
        with an_intake(rabbit_server.url, coalesce=2) as intake:
            with consuming(rabbit_server.url, intake) as consumer:
                publish(rabbit_server.url, intake.queue, b"1", b"2", b"3", b"4", b"5", b"6")
                gather(consumer, 6)
                calls = [next_call(consumer) for _ in range(3)]
                for position in ended:
                    calls[position].decide_all(AckDecision.ACK)
                    acknowledge(consumer, calls[position])

            expected = len(returned)
            wait_until(
                lambda: count(rabbit_server.url, intake.queue) == expected, "the rest is back", limit_s=PATIENCE_S
            )
            assert sorted(get_all(rabbit_server.url, intake.queue)) == returned

    def test_one_call_may_have_a_decision_for_each_delivery(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url, coalesce=4) as intake:
            with consuming(rabbit_server.url, intake) as consumer:
                publish(rabbit_server.url, intake.queue, b"applied", b"rejected", b"given back", b"applied too")
                gather(consumer, 4)
                message = next_call(consumer)
                message.decisions = [AckDecision.ACK, AckDecision.REJECT, AckDecision.GIVE_BACK, AckDecision.ACK]

                acknowledge(consumer, message)

            dead = dead_letter_queue(intake.queue)
            wait_until(lambda: count(rabbit_server.url, dead) == 1, "one is dead", limit_s=PATIENCE_S)
            assert get_all(rabbit_server.url, dead) == [b"rejected"]
            wait_until(lambda: count(rabbit_server.url, intake.queue) == 1, "one is back", limit_s=PATIENCE_S)
            assert get_all(rabbit_server.url, intake.queue) == [b"given back"]

    def test_a_mixed_call_leaves_the_calls_around_it_alone(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url, coalesce=2) as intake:
            with consuming(rabbit_server.url, intake) as consumer:
                publish(rabbit_server.url, intake.queue, b"1", b"2", b"3", b"4", b"5", b"6")
                gather(consumer, 6)
                first, second, third = (next_call(consumer) for _ in range(3))
                third.decide_all(AckDecision.ACK)
                acknowledge(consumer, third)
                first.decisions = [AckDecision.REJECT, AckDecision.ACK]
                acknowledge(consumer, first)
                # The oldest now, with a multiple ack up to its own last tag.
                second.decide_all(AckDecision.ACK)

                acknowledge(consumer, second)

            wait_until(
                lambda: count(rabbit_server.url, dead_letter_queue(intake.queue)) == 1, "one died", limit_s=PATIENCE_S
            )
            assert get_all(rabbit_server.url, intake.queue) == []
            assert get_all(rabbit_server.url, dead_letter_queue(intake.queue)) == [b"1"]

    def test_a_failing_delivery_of_a_batch_goes_alone_to_its_retry(self, rabbit_server: FoundRabbit) -> None:
        go = threading.Event()

        def fail_the_bad_one(deliveries: Sequence[Delivery]) -> None:
            go.wait(PATIENCE_S)
            bad = {n: OSError("bad") for n, each in enumerate(deliveries) if each.body == b"bad" and each.retries < 2}
            if bad:
                raise DeliveriesFailed(dict(bad))

        calls = RecordingActor(fail_the_bad_one)
        with (
            an_intake(rabbit_server.url, coalesce=10, in_flight=1) as intake,
            running_worker(rabbit_server.url, intake, calls.handle) as worker,
        ):
            publish(rabbit_server.url, intake.queue, b"blocker")
            wait_until(lambda: bool(calls.begun), "the first call has begun", limit_s=PATIENCE_S)
            publish(rabbit_server.url, intake.queue, b"a", b"bad", b"c")
            consumer = worker.consumers[intake.queue].consumer
            assert consumer is not None
            wait_until(
                lambda: consumer.channel.get_waiting_message_count() == 3, "all have arrived", limit_s=PATIENCE_S
            )

            go.set()
            wait_until(lambda: calls.ended_bodies[b"bad"] == 1, "the bad one is well again", limit_s=PATIENCE_S)

        batches = [[(each.body, each.retries) for each in call] for call in calls.begun[1:]]
        assert batches == [[(b"a", 0), (b"bad", 0), (b"c", 0)], [(b"bad", 1)], [(b"bad", 2)]]


class TestACancelledConsumer:
    """L8: a consumer timeout (from 4.3), a moved or deleted queue: the broker cancels, the channel stays open."""

    def test_closes_its_channel_so_that_nothing_runs_twice(self, rabbit_server: FoundRabbit) -> None:
        with (
            an_intake(rabbit_server.url) as intake,
            consuming(rabbit_server.url, intake) as consumer,
        ):
            publish(rabbit_server.url, intake.queue, b"under way")
            next_call(consumer)
            with channel(rabbit_server.url) as operator:
                operator.queue_delete(intake.queue)

            with pytest.raises(ConnectionClosed, match="cancelled"):
                next_call(consumer)

    def test_declares_a_deleted_queue_again_and_consumes_it(self, rabbit_server: FoundRabbit) -> None:
        calls = RecordingActor()
        with (
            an_intake(rabbit_server.url) as intake,
            running_worker(rabbit_server.url, intake, calls.handle) as worker,
        ):
            publish(rabbit_server.url, intake.queue, b"before")
            wait_until(lambda: calls.ended_bodies[b"before"] == 1, "it consumes", limit_s=PATIENCE_S)
            with channel(rabbit_server.url) as operator:
                operator.queue_delete(intake.queue)

            wait_until(
                lambda: _consumes(rabbit_server.url, intake.queue, calls), "it consumes again", limit_s=PATIENCE_S
            )
            assert all_alive(worker)

    @pytest.mark.parametrize("which", [0, 1], ids=["work queue", "delay queue"])
    def test_consumes_a_queue_again_that_was_deleted_and_declared_at_once(
        self, rabbit_server: FoundRabbit, which: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RabbitMQ may forget to cancel then, and the consumer waits for ever for a queue that does not know it."""
        monkeypatch.setattr(consumer_module, "RENEW_SECONDS", 1.0)
        calls = RecordingActor(_fail_once)
        with (
            an_intake(rabbit_server.url) as intake,
            running_worker(rabbit_server.url, intake, calls.handle) as worker,
        ):
            publish(rabbit_server.url, intake.queue, b"before")
            wait_until(lambda: calls.ended_bodies[b"before"] == 1, "it consumes", limit_s=PATIENCE_S)
            with channel(rabbit_server.url) as operator:
                operator.queue_delete(all_three(intake.queue)[which])
            declare(rabbit_server.url, intake)
            publish(rabbit_server.url, intake.queue, b"after")

            wait_until(lambda: calls.ended_bodies[b"after"] == 1, "it consumes again", limit_s=2 * PATIENCE_S)
            assert all_alive(worker)

    def test_a_delayed_message_runs_once_although_its_channel_went(self, rabbit: PrivateRabbit) -> None:
        def fail_at_first(deliveries: Sequence[Delivery]) -> None:
            if deliveries[0].retries == 0:
                raise OSError("not yet")

        calls = RecordingActor(fail_at_first)
        with (
            an_intake(rabbit.url) as intake,
            running_worker(rabbit.url, intake, calls.handle, middleware=quick_middleware(min_backoff_ms=1_500)),
        ):
            publish(rabbit.url, intake.queue, b"delayed")
            wait_until(lambda: calls.begun_bodies[b"delayed"] == 1, "it has failed", limit_s=PATIENCE_S)
            waits = {intake.queue: 0, delay_queue(intake.queue): 1}
            wait_until(
                lambda: waits.items() <= rabbit.depths().items() and count(rabbit.url, delay_queue(intake.queue)) == 0,
                "the worker holds it back",
                limit_s=PATIENCE_S,
            )

            rabbit.close_all_connections()
            wait_until(lambda: calls.ended_bodies[b"delayed"] >= 1, "it is applied", limit_s=PATIENCE_S)
            publish(rabbit.url, intake.queue, b"later")
            wait_until(lambda: calls.begun_bodies[b"later"] >= 2, "a later one was delayed", limit_s=PATIENCE_S)

            assert calls.ended_bodies[b"delayed"] == 1
            assert [count(rabbit.url, queue) for queue in all_three(intake.queue)] == [0, 0, 0]


def _fail_once(deliveries: Sequence[Delivery]) -> None:
    if any(each.retries == 0 for each in deliveries):
        raise OSError("not yet")


def _consumes(url: str, queue: str, calls: RecordingActor) -> bool:
    try:
        publish(url, queue, b"again")
    except UnroutableError:
        return False  # the queue is not there yet
    return calls.ended_bodies[b"again"] >= 1
