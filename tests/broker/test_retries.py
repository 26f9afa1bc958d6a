"""Retries: what failed comes again, alone and with its own bytes, and is never lost on the way (L2)."""

import logging
import threading
from collections.abc import Callable, Sequence

import orjson
import pytest

from broker.delivery import DeliveriesFailed, Delivery
from broker.message import AckDecision
from broker.middleware import MAX_BACKOFF_MS, MAX_RETRIES, GiveBack, Retries
from broker.properties import write_properties
from broker.retry import as_retry
from broker.topology import Intake, dead_letter_queue, delay_queue
from messages.errors import Busy, MessageRejected
from messages.queues import INGRESS, INTERNAL
from tests.broker.consuming import acknowledge, bodies_of, consuming, gather, next_call
from tests.broker.queues import a_broker, all_three, an_intake, count, fill, get_all, publish
from tests.broker.worker import PATIENCE_S, RecordingActor, all_alive, quick_middleware, running_worker
from tests.servers.find import FoundRabbit
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.waiting import wait_until


class TestARefusedRetry:
    """L2: Dramatiq swallows the error of a hook and acknowledges the message."""

    def test_a_failed_retry_publication_gives_the_message_back(self, limited: PrivateRabbit) -> None:
        with an_intake(limited.url, prefix="full") as intake:
            filled = fill(limited.url, delay_queue(intake.queue))
            broker = a_broker(limited.url, intake)
            with consuming(limited.url, intake) as consumer:
                publish(limited.url, intake.queue, b"money")
                message = next_call(consumer)

                Retries().after_process_message(broker, message, exception=OSError("failed"))
                acknowledge(consumer, message)

                assert message.decisions == [AckDecision.HOLD]
                again = next_call(consumer)
                assert bodies_of(again) == [b"money"]
                assert again.deliveries[0].retries == 1
            broker.close()
            assert count(limited.url, delay_queue(intake.queue)) == filled

    def test_gives_back_the_failing_delivery_and_acks_the_applied_ones(self, limited: PrivateRabbit) -> None:
        with an_intake(limited.url, prefix="full", coalesce=3) as intake:
            fill(limited.url, delay_queue(intake.queue))
            broker = a_broker(limited.url, intake)
            with consuming(limited.url, intake) as consumer:
                publish(limited.url, intake.queue, b"a", b"failing", b"c")
                gather(consumer, 3)
                message = next_call(consumer)

                Retries().after_process_message(broker, message, exception=_failed(1))
                acknowledge(consumer, message)

            broker.close()
            wait_until(lambda: count(limited.url, intake.queue) == 1, "one is back", limit_s=PATIENCE_S)
            assert get_all(limited.url, intake.queue) == [b"failing"]

    def test_a_worker_whose_retries_are_refused_tries_until_it_succeeds(self, limited: PrivateRabbit) -> None:
        is_well = threading.Event()

        def fail_until_well(_deliveries: Sequence[Delivery]) -> None:
            if not is_well.is_set():
                raise OSError("failed")

        calls = RecordingActor(fail_until_well)
        with an_intake(limited.url, prefix="full") as intake:
            with running_worker(limited.url, intake, calls.handle) as worker:
                # A consumer of the delay queue would make room in it; so there is none.
                waiting = worker.consumers[delay_queue(intake.queue)]
                waiting.stop()
                waiting.join(PATIENCE_S)
                waiting.close()
                fill(limited.url, delay_queue(intake.queue))
                publish(limited.url, intake.queue, b"money")
                wait_until(lambda: calls.begun_bodies[b"money"] >= 2, "it was given back", limit_s=PATIENCE_S)

                is_well.set()

                wait_until(lambda: calls.ended_bodies[b"money"] == 1, "it is applied", limit_s=PATIENCE_S)
            assert count(limited.url, intake.queue) == 0


class TestRetries:
    def test_tries_again_with_the_very_bytes_and_where_they_came_from(self, rabbit_server: FoundRabbit) -> None:
        body = b'\x00\xff not even text "\\u0000"'
        calls = RecordingActor(_fails(2))
        with (
            an_intake(rabbit_server.url, exchange=INTERNAL) as intake,
            running_worker(rabbit_server.url, intake, calls.handle),
        ):
            publish(rabbit_server.url, intake.queue, body, exchange=INTERNAL, message_id="its-id")
            wait_until(lambda: calls.ended_bodies[body] == 1, "it is applied", limit_s=PATIENCE_S)

        [first], [second], [third] = calls.begun
        assert first == Delivery(intake.queue, INTERNAL, intake.queue, body, first.properties)
        assert first.read_properties().values["message_id"] == "its-id"
        assert [first.retries, second.retries, third.retries] == [0, 1, 2]
        assert (second.exchange, second.routing_key, second.body) == (INTERNAL, intake.queue, body)
        assert second.properties == third.properties == first.properties

    def test_leaves_nothing_behind_after_success(self, rabbit_server: FoundRabbit) -> None:
        calls = RecordingActor(_fails(1))
        with an_intake(rabbit_server.url) as intake:
            with running_worker(rabbit_server.url, intake, calls.handle):
                publish(rabbit_server.url, intake.queue, b"once more")
                wait_until(lambda: calls.ended_bodies.total() == 1, "it is applied", limit_s=PATIENCE_S)

            assert [count(rabbit_server.url, queue) for queue in all_three(intake.queue)] == [0, 0, 0]

    def test_dead_letters_after_the_last_retry(self, rabbit_server: FoundRabbit) -> None:
        calls = RecordingActor(_fails(99))
        with an_intake(rabbit_server.url) as intake:
            with running_worker(
                rabbit_server.url, intake, calls.handle, middleware=quick_middleware(max_retries=3)
            ) as worker:
                publish(rabbit_server.url, intake.queue, b"hopeless")
                dead = dead_letter_queue(intake.queue)
                wait_until(lambda: count(rabbit_server.url, dead) == 1, "it is dead-lettered", limit_s=PATIENCE_S)
                assert all_alive(worker)

            assert [call[0].retries for call in calls.begun] == [0, 1, 2, 3]

    def test_dead_letters_at_once_what_is_rejected(self, rabbit_server: FoundRabbit) -> None:
        def reject(_deliveries: Sequence[Delivery]) -> None:
            raise MessageRejected("Wrong", "it is wrong")

        calls = RecordingActor(reject)
        with an_intake(rabbit_server.url) as intake:
            with running_worker(rabbit_server.url, intake, calls.handle):
                publish(rabbit_server.url, intake.queue, b"wrong")
                dead = dead_letter_queue(intake.queue)
                wait_until(lambda: count(rabbit_server.url, dead) == 1, "it is dead-lettered", limit_s=PATIENCE_S)

            assert len(calls.begun) == 1
            assert get_all(rabbit_server.url, dead) == [b"wrong"]

    def test_gives_back_untouched_what_a_shutdown_broke_off(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url, coalesce=2) as intake:
            broker = a_broker(rabbit_server.url, intake)
            with consuming(rabbit_server.url, intake) as consumer:
                publish(rabbit_server.url, intake.queue, b"a", b"b")
                gather(consumer, 2)
                message = next_call(consumer)

                Retries().after_process_message(broker, message, exception=GiveBack("ending"))
                acknowledge(consumer, message)

                gather(consumer, 2)
                assert [each.retries for each in next_call(consumer).deliveries] == [0, 0]
            broker.close()

    def test_a_retry_survives_the_worker_that_wrote_it(self, rabbit_server: FoundRabbit) -> None:
        failing, healthy = RecordingActor(_fails(99)), RecordingActor()
        with an_intake(rabbit_server.url) as intake:
            with running_worker(
                rabbit_server.url, intake, failing.handle, middleware=quick_middleware(min_backoff_ms=2_000)
            ):
                publish(rabbit_server.url, intake.queue, b"inherited")
                wait_until(lambda: len(failing.begun) == 1, "it has failed once", limit_s=PATIENCE_S)

            with running_worker(rabbit_server.url, intake, healthy.handle):
                wait_until(lambda: healthy.ended_bodies.total() == 1, "it is applied", limit_s=PATIENCE_S)

            assert [(call[0].body, call[0].retries) for call in healthy.begun] == [(b"inherited", 1)]

    def test_a_message_under_way_survives_a_worker_that_ends(self, rabbit_server: FoundRabbit) -> None:
        stopping = threading.Event()

        def hold(_deliveries: Sequence[Delivery]) -> None:
            stopping.wait(PATIENCE_S)
            raise GiveBack("the process is ending")

        held, after = RecordingActor(hold), RecordingActor()
        with an_intake(rabbit_server.url, in_flight=1) as intake:
            with running_worker(rabbit_server.url, intake, held.handle):
                publish(rabbit_server.url, intake.queue, b"held", b"prefetched")
                wait_until(lambda: len(held.begun) == 1, "it has begun", limit_s=PATIENCE_S)
                stopping.set()

            with running_worker(rabbit_server.url, intake, after.handle):
                wait_until(lambda: len(after.ended_bodies) == 2, "both are applied", limit_s=PATIENCE_S)

            assert after.ended_bodies == {b"held": 1, b"prefetched": 1}

    def test_who_finds_no_place_comes_again_soon_and_has_not_tried(self, rabbit_server: FoundRabbit) -> None:
        busy = 3 * (MAX_RETRIES + 1)
        attempts: list[int] = []

        def be_busy(deliveries: Sequence[Delivery]) -> None:
            attempts.append(deliveries[0].retries)
            if len(attempts) <= busy:
                raise Busy("all places are taken", wait_seconds=0.05)

        actor = RecordingActor(be_busy)
        with an_intake(rabbit_server.url, in_flight=1) as intake:
            with running_worker(rabbit_server.url, intake, actor.handle):
                publish(rabbit_server.url, intake.queue, b"patient")
                wait_until(lambda: actor.ended_bodies.total() == 1, "it has found a place", limit_s=4 * PATIENCE_S)

            assert attempts == [0] * (busy + 1)
            assert [count(rabbit_server.url, name) for name in all_three(intake.queue)] == [0, 0, 0]

    @pytest.mark.parametrize("retries", range(10))
    def test_waits_longer_each_time_and_never_beyond_five_minutes(
        self, rabbit_server: FoundRabbit, retries: int
    ) -> None:
        ceiling_ms = min(1_000 * 2**retries, MAX_BACKOFF_MS)
        with an_intake(rabbit_server.url) as intake:
            broker = a_broker(rabbit_server.url, intake)
            with consuming(rabbit_server.url, intake) as consumer:
                if retries:
                    broker.enqueue(as_retry(_delivery(intake, retries=retries - 1), OSError()))
                else:
                    publish(rabbit_server.url, intake.queue, b"{}")
                message = next_call(consumer)

                Retries(max_retries=99).after_process_message(broker, message, exception=OSError("again"))

            broker.close()
            [written] = map(orjson.loads, get_all(rabbit_server.url, delay_queue(intake.queue)))
            waits_ms = written["options"]["eta"] - written["message_timestamp"]
            # A little more, for the eta is reckoned from when it is published.
            assert ceiling_ms // 2 <= waits_ms <= ceiling_ms + 1_000
            assert written["options"]["retries"] == retries + 1

    def test_a_crowd_that_failed_together_does_not_come_back_together(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url, coalesce=20) as intake:
            broker = a_broker(rabbit_server.url, intake)
            with consuming(rabbit_server.url, intake) as consumer:
                publish(rabbit_server.url, intake.queue, *(b"%d" % number for number in range(20)))
                gather(consumer, 20)

                Retries(min_backoff_ms=60_000).after_process_message(broker, next_call(consumer), exception=OSError())

            broker.close()
            etas = [orjson.loads(body)["options"]["eta"] for body in get_all(rabbit_server.url, f"{intake.queue}.DQ")]
            assert len(etas) == 20
            assert max(etas) - min(etas) > 5_000

    def test_keeps_names_and_money_out_of_the_log(
        self, rabbit_server: FoundRabbit, caplog: pytest.LogCaptureFixture
    ) -> None:
        secret = b'{"email": "somebody@example.org"}'
        calls = RecordingActor(_fails(99))
        caplog.set_level(logging.DEBUG)
        with an_intake(rabbit_server.url) as intake:
            with running_worker(rabbit_server.url, intake, calls.handle, middleware=quick_middleware(max_retries=1)):
                publish(rabbit_server.url, intake.queue, secret)
                dead = dead_letter_queue(intake.queue)
                wait_until(lambda: count(rabbit_server.url, dead) == 1, "it is dead-lettered", limit_s=PATIENCE_S)

        ours = [line.getMessage() for line in caplog.records if line.name.startswith(("broker", "dramatiq"))]
        assert len(ours) > 1
        assert not [line for line in ours if "somebody" in line]


class TestWhoSpeaks:
    """Plain JSON is distinguished from our own retries by the exchange, which the broker sets, and by nothing in a body."""

    def test_reads_a_plain_body_as_it_is(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, consuming(rabbit_server.url, intake) as consumer:
            publish(rabbit_server.url, intake.queue, b'{"specversion": "1.0"}')

            [delivery] = next_call(consumer).deliveries

            assert (delivery.exchange, delivery.body) == (INGRESS, b'{"specversion": "1.0"}')
            assert (delivery.retries, delivery.redeliveries) == (0, 0)

    def test_reads_a_plain_body_that_mimics_a_retry_as_plain_json(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, consuming(rabbit_server.url, intake) as consumer:
            inner = Delivery(intake.queue, INTERNAL, "elsewhere", b"smuggled", retries=98)
            mimicry = as_retry(inner, OSError("never happened")).encode()
            publish(rabbit_server.url, intake.queue, mimicry)

            [delivery] = next_call(consumer).deliveries

            assert (delivery.body, delivery.exchange, delivery.retries) == (mimicry, INGRESS, 0)

    def test_reads_one_of_our_retries_as_what_is_inside(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, consuming(rabbit_server.url, intake) as consumer:
            inner = Delivery(
                intake.queue, INGRESS, intake.queue, b"inside", write_properties(message_id="its-id"), retries=1
            )
            publish(rabbit_server.url, intake.queue, as_retry(inner, OSError("failed")).encode(), exchange="")

            [delivery] = next_call(consumer).deliveries

            assert (delivery.body, delivery.exchange) == (b"inside", INGRESS)
            assert delivery.read_properties().values == {"message_id": "its-id"}
            assert delivery.retries == 2


def _delivery(intake: Intake, *, retries: int) -> Delivery:
    return Delivery(intake.queue, INGRESS, intake.queue, b"{}", retries=retries)


def _fails(times: int) -> Callable[[Sequence[Delivery]], None]:
    """An actor's reaction: fail while a delivery was tried fewer times than this."""

    def react(deliveries: Sequence[Delivery]) -> None:
        if any(each.retries < times for each in deliveries):
            raise OSError("failed")

    return react


def _failed(position: int) -> DeliveriesFailed:
    return DeliveriesFailed({position: OSError("failed")})
