"""A delivery whose headers no client library decodes costs itself at the most; the queue goes on."""

from collections.abc import Sequence

import pytest

from broker.delivery import Delivery
from broker.drain import RabbitDrain
from broker.topology import INTAKES, dead_letter_queue
from messages.errors import MessageRejected
from tests.broker.amqp_bytes import STRANGE_HEADERS, RawProperties
from tests.broker.queues import an_intake, channel, count, declare, publish, purge
from tests.broker.worker import PATIENCE_S, RecordingActor, quick_middleware, running_worker
from tests.servers.find import FoundRabbit
from tests.servers.waiting import wait_until

QUEUE = "minute-usage"


class TestAStrangeHeader:
    def test_does_not_hold_up_what_is_behind_it(self, rabbit_server: FoundRabbit) -> None:
        calls = RecordingActor()
        with an_intake(rabbit_server.url) as intake:
            for name, encoded in STRANGE_HEADERS.items():
                _publish_raw(rabbit_server.url, intake.queue, name.encode(), encoded)
            publish(rabbit_server.url, intake.queue, b"good")
            with running_worker(rabbit_server.url, intake, calls.handle):
                wait_until(lambda: calls.ended_bodies[b"good"] == 1, "the good one is handled", limit_s=PATIENCE_S)
                wait_until(lambda: len(calls.ended_bodies) == len(STRANGE_HEADERS) + 1, "all came", limit_s=PATIENCE_S)

            assert set(calls.ended_bodies.values()) == {1}
            assert count(rabbit_server.url, intake.queue) == 0

    def test_is_retried_with_its_properties(self, rabbit_server: FoundRabbit) -> None:
        """A message-id that was no text made each retry raise TypeError, and was given back every second."""
        calls = RecordingActor(_fail_at_first)
        with an_intake(rabbit_server.url) as intake:
            with running_worker(rabbit_server.url, intake, calls.handle):
                for name, encoded in STRANGE_HEADERS.items():
                    _publish_raw(rabbit_server.url, intake.queue, name.encode(), encoded)
                wait_until(lambda: len(calls.ended_bodies) == len(STRANGE_HEADERS), "all succeed", limit_s=PATIENCE_S)

        brought = {call[0].body.decode(): call[0].properties for call in calls.ended}
        assert brought == STRANGE_HEADERS
        assert set(calls.begun_bodies.values()) == {2}

    @pytest.mark.parametrize("retries", [0, 1])
    def test_is_drained_with_its_bytes_when_it_is_dead_lettered(self, rabbit_server: FoundRabbit, retries: int) -> None:
        url, dead = rabbit_server.url, dead_letter_queue(QUEUE)
        declare(url, INTAKES[QUEUE])
        purge(url, *INTAKES)

        def fail(_deliveries: Sequence[Delivery]) -> None:
            raise MessageRejected("Wrong", "it is wrong") if not retries else OSError("it fails")

        middleware = quick_middleware(max_retries=retries)
        with running_worker(url, INTAKES[QUEUE], RecordingActor(fail).handle, middleware=middleware):
            for name, encoded in STRANGE_HEADERS.items():
                _publish_raw(url, QUEUE, name.encode(), encoded)
            wait_until(lambda: count(url, dead) == len(STRANGE_HEADERS), "all are dead", limit_s=PATIENCE_S)

        letters = {}
        for intake in INTAKES.values():
            declare(url, intake)
        drain = RabbitDrain(url)

        def are_all_there() -> bool:
            arrived = drain.receive(0.2)
            drain.acknowledge(arrived)
            letters.update({letter.body.decode(): letter for letter in arrived})
            return len(letters) == len(STRANGE_HEADERS)

        wait_until(are_all_there, "all are drained", limit_s=PATIENCE_S)
        drain.close()
        assert set(letters) == set(STRANGE_HEADERS)
        assert letters["a moment in milliseconds"].headers["sent_at"] == 1_795_000_000_000
        assert letters["a message-id that is no text"].properties["message_id"] == "\\xff\\xfe"
        assert all("x-death" in letter.headers for name, letter in letters.items() if name != "deep")


def _publish_raw(url: str, queue: str, body: bytes, encoded: bytes) -> None:
    with channel(url) as opened:
        opened.basic_publish("screph", queue, body, RawProperties(encoded), mandatory=True)


def _fail_at_first(deliveries: Sequence[Delivery]) -> None:
    if any(each.retries == 0 for each in deliveries):
        raise OSError("not yet")
