"""Bytes in flight are limited for a whole process: a queue of large messages does not end a worker."""

from contextlib import closing

import pika

from broker.byte_budget import ByteBudget, ByteShare
from broker.message import AckDecision
from broker.rabbit import SafeBroker
from tests.broker.consuming import acknowledge, next_call
from tests.broker.queues import an_intake, channel, count, publish
from tests.broker.worker import PATIENCE_S
from tests.servers.find import FoundRabbit
from tests.servers.waiting import wait_until

MIB = 1_048_576


class TestByteBudget:
    def test_stops_reading_at_the_limit_and_goes_on_with_each_answer(self, rabbit_server: FoundRabbit) -> None:
        budget = ByteBudget(4 * MIB)
        with an_intake(rabbit_server.url, in_flight=100) as intake:
            publish(rabbit_server.url, intake.queue, *(bytes([65 + n]) * MIB for n in range(10)), *[b"z" * MIB] * 20)
            broker = SafeBroker(rabbit_server.url, intakes={intake.queue: intake}, middleware=[], budget=budget)
            with closing(broker):
                consumer = broker.consume(intake.queue, timeout=50)
                most_bytes, brought = 0, 0
                while brought < 30:
                    calls = [next_call(consumer)]
                    calls += [message for _ in range(20) if (message := next(consumer)) is not None]
                    most_bytes = max(most_bytes, budget.used_bytes)
                    brought += len(calls)
                    for call in calls:
                        call.decide_all(AckDecision.ACK)
                        acknowledge(consumer, call)

                wait_until(lambda: next(consumer) is None and budget.used_bytes == 0, "all is answered", limit_s=5)
                consumer.close()

            assert 4 * MIB <= most_bytes <= 6 * MIB
            wait_until(lambda: count(rabbit_server.url, intake.queue) == 0, "the queue is empty", limit_s=PATIENCE_S)

    def test_counts_headers_too(self, rabbit_server: FoundRabbit) -> None:
        """A body of no byte may have headers of 128 KiB, and thousands of them were held at once."""
        budget = ByteBudget(MIB)
        headers = pika.BasicProperties(delivery_mode=2, headers={"large": "x" * 100_000})
        with an_intake(rabbit_server.url, in_flight=100) as intake:
            with channel(rabbit_server.url) as producer:
                for _ in range(60):
                    producer.basic_publish(intake.exchanges[0], intake.queue, b"", headers, mandatory=True)
            broker = SafeBroker(rabbit_server.url, intakes={intake.queue: intake}, middleware=[], budget=budget)
            with closing(broker):
                consumer = broker.consume(intake.queue, timeout=50)
                calls = [next_call(consumer)]
                calls += [message for _ in range(70) if (message := next(consumer)) is not None]

                held = len(calls)
                assert 10 <= held <= 20
                assert MIB <= budget.used_bytes <= 2 * MIB
                for call in calls:
                    call.decide_all(AckDecision.ACK)
                    acknowledge(consumer, call)
                assert budget.used_bytes < MIB
                assert next_call(consumer).deliveries[0].read_properties().headers["large"] == "x" * 100_000
                consumer.close()
                assert budget.used_bytes == 0

    def test_gives_back_what_a_lost_consumer_held(self, rabbit_server: FoundRabbit) -> None:
        budget = ByteBudget()
        with an_intake(rabbit_server.url) as intake:
            publish(rabbit_server.url, intake.queue, b"x" * MIB)
            broker = SafeBroker(rabbit_server.url, intakes={intake.queue: intake}, middleware=[], budget=budget)
            with closing(broker):
                consumer = broker.consume(intake.queue, timeout=50)
                next_call(consumer)
                assert MIB <= budget.used_bytes <= MIB + 100

                consumer.close()

                assert budget.used_bytes == 0

    def test_gives_back_what_arrives_while_a_consumer_is_closed(self, rabbit_server: FoundRabbit) -> None:
        """It was held for ever, so with each connection that was closed less could be read."""
        budget = ByteBudget()
        with an_intake(rabbit_server.url) as intake:
            broker = SafeBroker(rabbit_server.url, intakes={intake.queue: intake}, middleware=[], budget=budget)
            with closing(broker):
                consumer = broker.consume(intake.queue, timeout=50)
                assert next(consumer) is None
                publish(rabbit_server.url, intake.queue, b"late")
                wait_until(lambda: count(rabbit_server.url, intake.queue) == 0, "it is on its way", limit_s=PATIENCE_S)

                consumer.close()

                assert budget.used_bytes == 0


class TestByteShare:
    def test_is_never_full_for_whoever_holds_nothing(self) -> None:
        budget = ByteBudget(10)
        one, other = ByteShare(budget), ByteShare(budget)

        one.change(50)

        assert (one.is_full, other.is_full) == (True, False)
        one.close()
        assert budget.used_bytes == 0
