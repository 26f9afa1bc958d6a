"""A node that fails inside is explained, and is well again for the next test."""

import pika
import pytest
from pika.exceptions import ConnectionClosedByBroker

from broker.topology import queue_arguments
from tests.servers.broken_rabbit import has_failed_inside, treat
from tests.servers.rabbitmq import PrivateRabbit


class TestANodeWithoutDeadLetterWorkers:
    def test_is_explained_and_started_again(self, rabbit: PrivateRabbit) -> None:
        # What RabbitMQ 3.10 does itself when two of them fail within 5 s.
        rabbit.ctl("eval", "ok = supervisor:terminate_child(rabbit_sup, rabbit_fifo_dlx_sup).")
        with pytest.raises(ConnectionClosedByBroker) as failed:
            _declare(rabbit.url)

        said = treat((rabbit,))

        assert has_failed_inside(failed.value)
        assert said.startswith("RabbitMQ failed inside (541): two dead-letter workers")
        assert f"the log of {rabbit.url} ends with" in said
        _declare(rabbit.url)


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


def _declare(url: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        connection.channel().queue_declare("a", durable=True, arguments=queue_arguments("a"))
