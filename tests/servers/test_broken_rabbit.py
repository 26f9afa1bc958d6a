"""A private node survives what ends RabbitMQ 3.10; one that fails inside is explained, and well again for the next test."""

import pika
import pytest
from pika.exceptions import ConnectionClosedByBroker

from broker.topology import queue_arguments
from tests.servers.broken_rabbit import has_failed_inside, treat
from tests.servers.rabbitmq import PrivateRabbit


class TestAPrivateNode:
    @pytest.mark.parametrize("starts", [1, 2])
    def test_takes_new_queues_after_a_dead_letter_worker_failed(self, rabbit: PrivateRabbit, starts: int) -> None:
        if starts > 1:
            rabbit.ctl("stop_app")
            rabbit.ctl("start_app")
        # The worker of a queue that is gone fails as soon as it begins, as when a queue is deleted meanwhile.
        gone = '[{resource, <<"/">>, queue, <<"gone">>}]'
        rabbit.ctl("eval", f"[supervisor:start_child(rabbit_fifo_dlx_sup, {gone}) || _ <- [1, 2, 3]].")

        for name in "abc":
            _declare(rabbit.url, name)

        counted = rabbit.ctl("eval", "supervisor:count_children(rabbit_fifo_dlx_sup).")
        assert "{active,3}" in counted


class TestANodeWithoutDeadLetterWorkers:
    def test_is_explained_and_started_again(self, rabbit: PrivateRabbit) -> None:
        # What RabbitMQ 3.10 does itself when two of them fail within 5 s.
        rabbit.ctl("eval", "ok = supervisor:terminate_child(rabbit_sup, rabbit_fifo_dlx_sup).")
        with pytest.raises(ConnectionClosedByBroker) as failed:
            _declare(rabbit.url, "lost")

        said = treat((rabbit,))

        assert has_failed_inside(failed.value)
        assert said.startswith("RabbitMQ failed inside (541): two dead-letter workers")
        assert f"the log of {rabbit.url} ends with" in said
        _declare(rabbit.url, "found")


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


def _declare(url: str, name: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        connection.channel().queue_declare(name, durable=True, arguments=queue_arguments(name))
