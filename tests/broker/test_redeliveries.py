"""A delivery that ends every worker that has it: tried alone, then dead-lettered, and nothing beside it with it."""

from broker.consumer import SUSPECT_REDELIVERIES
from broker.delivery import MAX_REDELIVERIES
from broker.message import AckDecision, SafeMessage
from broker.topology import Intake
from tests.broker.consuming import acknowledge, bodies_of, consuming, next_call
from tests.broker.queues import an_intake, count, publish
from tests.broker.worker import PATIENCE_S
from tests.servers.find import FoundRabbit
from tests.servers.waiting import wait_until


class TestRedeliveries:
    def test_are_counted_by_the_queue(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake:
            publish(rabbit_server.url, intake.queue, b"again")

            counts = [_bring_once(rabbit_server.url, intake).deliveries[0].redeliveries for _ in range(3)]

            assert counts == [0, 1, 2]

    def test_make_each_delivery_a_call_of_its_own(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url, coalesce=10) as intake:
            publish(rabbit_server.url, intake.queue, b"a", b"b", b"c")
            for _ in range(SUSPECT_REDELIVERIES):
                _bring_once(rabbit_server.url, intake, arrivals=3)

            with consuming(rabbit_server.url, intake, is_empty=False) as consumer:
                calls = []
                for _ in range(3):
                    message = next_call(consumer)
                    assert next(consumer) is None, "another one is under way before this one is answered"
                    calls.append(bodies_of(message))
                    message.decide_all(AckDecision.ACK)
                    acknowledge(consumer, message)

            assert sorted(calls) == [[b"a"], [b"b"], [b"c"]]
            wait_until(lambda: count(rabbit_server.url, intake.queue) == 0, "all are answered", limit_s=PATIENCE_S)

    def test_of_one_that_ends_workers_cost_no_other_delivery(self, rabbit_server: FoundRabbit) -> None:
        handled, given_up = set(), set()
        others = {b"%d" % number for number in range(40)}
        with an_intake(rabbit_server.url, coalesce=10) as intake:
            publish(rabbit_server.url, intake.queue, *sorted(others)[:20], b"poison", *sorted(others)[20:])
            lives = 0
            while not given_up:
                lives += 1
                assert lives <= MAX_REDELIVERIES + 1, "it was brought more often than is allowed"
                _live(rabbit_server.url, intake, handled, given_up)

        assert given_up == {b"poison"}
        assert handled == others


def _live(url: str, intake: Intake, handled: set[bytes], given_up: set[bytes]) -> None:
    """Be a worker until a call has the poison in it, or until nothing is left."""
    with consuming(url, intake, is_empty=False) as consumer:
        while True:
            message = next_call(consumer)
            worn = {each.body for each in message.deliveries if each.redeliveries >= MAX_REDELIVERIES}
            given_up |= worn
            if b"poison" in set(bodies_of(message)) - worn:
                return
            handled |= set(bodies_of(message)) - worn
            message.decide_all(AckDecision.ACK)
            acknowledge(consumer, message)
            if given_up:
                return


def _bring_once(url: str, intake: Intake, *, arrivals: int = 1) -> SafeMessage:
    with consuming(url, intake, is_empty=False) as consumer:
        message = next_call(consumer)
        arrived = len(message.deliveries)
        while arrived < arrivals:
            arrived += len(next_call(consumer).deliveries)
    wait_until(lambda: count(url, intake.queue) >= arrivals, "it has come back", limit_s=PATIENCE_S)
    return message
