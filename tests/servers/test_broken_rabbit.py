"""A private node survives what ends RabbitMQ 3.10; one that fails inside is explained, and well again for the next test."""

from collections.abc import Iterator

import pika
import pytest
from pika.exceptions import ConnectionClosedByBroker

from broker.topology import queue_arguments
from tests.servers.broken_rabbit import has_failed_inside, treat
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.waiting import wait_until

_SUPERVISOR = "case whereis(rabbit_fifo_dlx_sup) of undefined -> none; It -> sys:get_state(It) end"
_QUEUES = ("a", "b", "c", "lost", "found")


@pytest.fixture
def node(rabbit: PrivateRabbit) -> Iterator[PrivateRabbit]:
    """The private node, left without the queues of these tests and their dead-letter workers."""
    yield rabbit
    with pika.BlockingConnection(pika.URLParameters(rabbit.url)) as connection:
        for name in _QUEUES:
            connection.channel().queue_delete(name)
    wait_until(lambda: "{active,0}" in _count_workers(rabbit), "no dead-letter worker is left", limit_s=30)


class TestAPrivateNode:
    @pytest.mark.parametrize("starts", [1, 2])
    def test_takes_new_queues_after_a_dead_letter_worker_failed(self, node: PrivateRabbit, starts: int) -> None:
        if starts > 1:
            node.evaluate("rabbit:stop(), rabbit:start()")
        wait_until(lambda: "temporary" in node.evaluate(_SUPERVISOR), "its workers may fail", limit_s=30)
        # The worker of a queue that is gone fails as soon as it begins, as when a queue is deleted meanwhile.
        gone = '[{resource, <<"/">>, queue, <<"gone">>}]'
        node.evaluate(f"[supervisor:start_child(rabbit_fifo_dlx_sup, {gone}) || _ <- [1, 2, 3]]")

        for name in "abc":
            _declare(node.url, name)

        assert "{active,3}" in _count_workers(node)


class TestANodeWithoutDeadLetterWorkers:
    def test_is_explained_and_started_again(self, node: PrivateRabbit) -> None:
        # What RabbitMQ 3.10 does itself when two of them fail within 5 s.
        node.evaluate("ok = supervisor:terminate_child(rabbit_sup, rabbit_fifo_dlx_sup)")
        with pytest.raises(ConnectionClosedByBroker) as failed:
            _declare(node.url, "lost")

        said = treat((node,))

        assert has_failed_inside(failed.value)
        assert said.startswith("RabbitMQ failed inside (541): two dead-letter workers")
        assert f"the log of {node.url} ends with" in said
        _declare(node.url, "found")


class TestHasFailedInside:
    def test_looks_into_causes_and_arguments(self) -> None:
        inside = ConnectionClosedByBroker(541, "INTERNAL_ERROR")
        wrapped = OSError("the broker is away")
        wrapped.__cause__ = RuntimeError(inside)

        assert has_failed_inside(inside)
        assert has_failed_inside(wrapped)

    def test_means_no_other_error(self) -> None:
        assert not has_failed_inside(None)
        assert not has_failed_inside(ConnectionClosedByBroker(320, "CONNECTION_FORCED"))
        assert not has_failed_inside(OSError(541))


def _count_workers(rabbit: PrivateRabbit) -> str:
    return rabbit.evaluate("supervisor:count_children(rabbit_fifo_dlx_sup)")


def _declare(url: str, name: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        connection.channel().queue_declare(name, durable=True, arguments=queue_arguments(name))
