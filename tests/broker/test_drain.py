"""RabbitDrain: a dead delivery comes with its own bytes and the reason, and stays until it is stored (L9, L10)."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from pika.exceptions import ChannelClosedByBroker

from broker.delivery import Delivery
from broker.drain import DeadDelivery, RabbitDrain
from broker.publisher import declare_topology
from broker.retry import as_retry
from broker.topology import INTAKES, dead_letter_queue, delay_queue
from messages.errors import MessageRejected
from messages.queues import INGRESS, INTERNAL
from tests.broker.queues import a_broker, channel, count, declare, get_all, publish, purge
from tests.broker.worker import PATIENCE_S, RecordingActor, quick_middleware, running_worker
from tests.servers.find import FoundRabbit
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.waiting import wait_until

QUEUE = "minute-usage"
DEAD = dead_letter_queue(QUEUE)


@pytest.fixture
def url(rabbit_server: FoundRabbit) -> Iterator[str]:
    """A RabbitMQ whose queues are there and empty."""
    yield from _emptied(rabbit_server.url)


@pytest.fixture
def own_url(rabbit: PrivateRabbit) -> Iterator[str]:
    """The same of a RabbitMQ that takes commands."""
    yield from _emptied(rabbit.url)


class TestReceives:
    def test_the_original_bytes_and_the_last_error_after_the_last_retry(self, url: str) -> None:
        body = b'{"not": "an event", "with": "\\u0000"}\xff'

        def fail(_deliveries: Sequence[Delivery]) -> None:
            raise OSError("the disk is full")

        with running_worker(
            url, INTAKES[QUEUE], RecordingActor(fail).handle, middleware=quick_middleware(max_retries=2)
        ):
            publish(url, QUEUE, body)
            wait_until(lambda: count(url, DEAD) == 1, "it is dead-lettered", limit_s=PATIENCE_S)

        with _drain(url) as drain:
            [letter] = _receive(drain, 1)

        assert (letter.queue, letter.code, letter.body) == (QUEUE, "rejected", body)
        assert letter.exchange == INGRESS
        assert "after 3 attempts" in letter.reason
        assert "OSError: the disk is full" in letter.reason

    def test_a_body_that_was_rejected_as_it_came(self, url: str) -> None:
        with running_worker(url, INTAKES[QUEUE], RecordingActor(_reject).handle):
            publish(url, QUEUE, b"wrong")
            wait_until(lambda: count(url, DEAD) == 1, "it is dead-lettered", limit_s=PATIENCE_S)

        with _drain(url) as drain:
            [letter] = _receive(drain, 1)

        assert (letter.queue, letter.code, letter.body) == (QUEUE, "rejected", b"wrong")
        assert letter.reason
        assert letter.exchange == INGRESS
        assert letter.headers["x-death"][0]["exchange"] == INGRESS

    def test_a_plain_body_that_mimics_a_retry_as_it_came(self, url: str) -> None:
        mimicry = as_retry(Delivery(QUEUE, INTERNAL, QUEUE, b"smuggled"), OSError("never happened")).encode()
        with running_worker(url, INTAKES[QUEUE], RecordingActor(_reject).handle):
            publish(url, QUEUE, mimicry)
            wait_until(lambda: count(url, DEAD) == 1, "it is dead-lettered", limit_s=PATIENCE_S)

        with _drain(url) as drain:
            [letter] = _receive(drain, 1)

        assert letter.body == mimicry

    def test_from_every_queue_with_the_queue_it_was_meant_for(self, url: str) -> None:
        for queue in INTAKES:
            publish(url, dead_letter_queue(queue), queue.encode(), exchange="")

        with _drain(url) as drain:
            letters = _receive(drain, len(INTAKES))

        assert {letter.queue: letter.body for letter in letters} == {queue: queue.encode() for queue in INTAKES}

    def test_the_original_bytes_of_a_retry_that_the_broker_dead_lettered_while_it_waited(
        self, own_url: str, rabbit: PrivateRabbit
    ) -> None:
        """RabbitMQ counts returns: from 4.0 a retry that waits dies of too many restarts of its worker."""
        rabbit.ctl("set_policy", "returns", f"^{delay_queue(QUEUE)}$", '{"delivery-limit": 1}', "--apply-to", "queues")
        broker = a_broker(own_url, INTAKES[QUEUE])
        waiting = as_retry(Delivery(QUEUE, INGRESS, QUEUE, b"waiting"), OSError("failed"))
        broker.enqueue(waiting, delay=3_600_000)
        broker.close()
        wait_until(lambda: _returned_to_death(own_url), "the broker dead-letters it", limit_s=PATIENCE_S)
        rabbit.ctl("clear_policy", "returns")

        with _drain(own_url) as drain:
            [letter] = _receive(drain, 1)

        assert (letter.queue, letter.code, letter.body) == (QUEUE, "delivery_limit", b"waiting")

    def test_under_the_name_of_its_queue_however_it_came_there(self, url: str) -> None:
        """An operator's routing key was taken for the queue, which nobody knew, and ended the relay again and again."""
        with channel(url) as operator:
            operator.queue_bind(DEAD, "amq.topic", "from.elsewhere")
            operator.basic_publish("amq.topic", "from.elsewhere", b"moved", mandatory=True)
            operator.queue_unbind(DEAD, "amq.topic", "from.elsewhere")

        with _drain(url) as drain:
            [letter] = _receive(drain, 1)
            drain.acknowledge([letter])

        assert (letter.queue, letter.body) == (QUEUE, b"moved")

    def test_many_more_than_it_may_hold_at_once(self, url: str) -> None:
        publish(url, DEAD, *(b"%d" % number for number in range(120)), exchange="")

        with _drain(url) as drain:
            bodies = []
            while letters := drain.receive(1):
                bodies += [letter.body for letter in letters]
                drain.acknowledge(letters)

        assert bodies == [b"%d" % number for number in range(120)]

    def test_a_dead_letter_as_soon_as_it_comes(self, url: str) -> None:
        with _drain(url) as drain:
            assert drain.receive(0.2) == []
            publish(url, DEAD, b"later", exchange="")

            assert [letter.body for letter in _receive(drain, 1)] == [b"later"]

    def test_nothing_within_the_time_it_is_given(self, url: str) -> None:
        with _drain(url) as drain:
            started = time.monotonic()

            assert drain.receive(0.3) == []
            assert time.monotonic() - started < 3


class TestAcknowledges:
    def test_what_is_stored_elsewhere_is_gone(self, url: str) -> None:
        publish(url, DEAD, b"a", b"b", exchange="")
        with _drain(url) as drain:
            drain.acknowledge(_receive(drain, 2))

        wait_until(lambda: count(url, DEAD) == 0, "both are gone", limit_s=PATIENCE_S)
        assert get_all(url, DEAD) == []

    def test_what_was_not_acknowledged_comes_again(self, url: str) -> None:
        publish(url, DEAD, b"stored", b"not stored", exchange="")
        with _drain(url) as drain:
            letters = _receive(drain, 2)
            drain.acknowledge([letter for letter in letters if letter.body == b"stored"])

        wait_until(lambda: count(url, DEAD) == 1, "one is back", limit_s=PATIENCE_S)
        assert get_all(url, DEAD) == [b"not stored"]

    def test_comes_again_after_the_connection_was_lost_in_between(self, own_url: str, rabbit: PrivateRabbit) -> None:
        publish(own_url, DEAD, b"a", b"b", exchange="")
        with _drain(own_url) as drain:
            letters = _receive(drain, 2)
            rabbit.close_all_connections()
            drain.acknowledge(letters)

            again = _receive(drain, 2)

            assert sorted(letter.body for letter in again) == [b"a", b"b"]
            drain.acknowledge(again)
        wait_until(lambda: get_all(own_url, DEAD) == [], "both are gone", limit_s=PATIENCE_S)

    @pytest.mark.parametrize("queue", [QUEUE, "due"])
    def test_drains_a_queue_again_that_was_deleted_and_declared_again(self, url: str, queue: str) -> None:
        with _drain(url) as drain:
            assert drain.receive(0.2) == []
            with channel(url) as operator:
                operator.queue_delete(dead_letter_queue(queue))
            declare(url, INTAKES[queue])
            publish(url, dead_letter_queue(queue), b"after", exchange="")

            letters = _receive(drain, 1)
            drain.acknowledge(letters)

        assert [letter.body for letter in letters] == [b"after"]

    def test_declares_a_deleted_queue_itself(self, url: str) -> None:
        with _drain(url) as drain:
            assert drain.receive(0.2) == []
            with channel(url) as operator:
                operator.queue_delete(DEAD)

            wait_until(lambda: drain.receive(0.2) == [] and _is_there(url, DEAD), "it is there", limit_s=PATIENCE_S)

    @pytest.mark.parametrize("wrong", ["due", "due.DQ", "due.XQ", "exchange"])
    def test_drains_the_others_where_somebody_declared_one_in_another_way(
        self, rabbit: PrivateRabbit, caplog: pytest.LogCaptureFixture, wrong: str
    ) -> None:
        url = rabbit.new_vhost(f"wrong-{wrong}")
        with channel(url) as operator:
            if wrong == "exchange":
                operator.exchange_declare(INGRESS, "fanout", durable=True)
            else:
                operator.queue_declare(wrong, durable=True, arguments={"x-max-length": 7})

        declare_topology(url)
        publish(url, DEAD, b"drained", exchange="")
        with _drain(url) as drain:
            letters = _receive(drain, 1)
            drain.acknowledge(letters)

        assert [letter.body for letter in letters] == [b"drained"]
        name = f"exchange {INGRESS}" if wrong == "exchange" else f"queue {wrong}"
        assert {f"{name} is there, but not as it should be"} == {
            record.getMessage().partition(", and")[0] for record in caplog.records if record.name == "broker.declaring"
        }

    def test_waits_for_a_broker_that_is_away(self) -> None:
        with _drain("amqp://guest:guest@127.0.0.1:1/") as drain:
            assert drain.receive(0.1) == []
            assert drain.receive(0.1) == []


def _emptied(url: str) -> Iterator[str]:
    for intake in INTAKES.values():
        declare(url, intake)
    purge(url, *INTAKES)
    yield url
    purge(url, *INTAKES)


@contextmanager
def _drain(url: str) -> Iterator[RabbitDrain]:
    drain = RabbitDrain(url, renew_seconds=1)
    yield drain
    drain.close()


def _receive(drain: RabbitDrain, number: int) -> list[DeadDelivery]:
    received: list[DeadDelivery] = []
    wait_until(
        lambda: bool(received.extend(drain.receive(0.2))) or len(received) >= number,
        f"{number} dead deliveries have come",
        limit_s=PATIENCE_S,
    )
    return received


def _reject(_deliveries: Sequence[Delivery]) -> None:
    raise MessageRejected("Wrong", "it is wrong")


def _is_there(url: str, queue: str) -> bool:
    try:
        count(url, queue)
    except ChannelClosedByBroker:
        return False
    return True


def _returned_to_death(url: str) -> bool:
    """Get the waiting retry once more and let go of the connection."""
    with channel(url) as opened:
        opened.basic_get(delay_queue(QUEUE))
    return count(url, DEAD) == 1
