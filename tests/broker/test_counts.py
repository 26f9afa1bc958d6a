"""Counting what is in the queues: nothing is taken, and nobody's absence breaks the page."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pika

from broker.counts import CountedBroker, count_queues
from broker.publication import Publication
from broker.publisher import ConfirmedPublisher, declare_topology
from messages.queues import INTERNAL, RECONCILIATION
from tests.servers.plain_server import serving
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.waiting import wait_until

NOWHERE = "amqp://guest:guest@127.0.0.1:1/?connection_attempts=1"


class TestCountQueues:
    def test_counts_and_takes_nothing(self, rabbit: PrivateRabbit) -> None:
        declare_topology(rabbit.url)
        publisher = ConfirmedPublisher(rabbit.url)
        publisher.publish([Publication(INTERNAL, RECONCILIATION, f"m-{number}", b"{}") for number in range(3)])
        publisher.close()

        def ready() -> int | None:
            [found] = [one for one in count_queues(rabbit.url).queues if one.queue == RECONCILIATION]
            assert found.consumers == 0
            return found.ready

        wait_until(lambda: ready() == 3, "three messages are ready", limit_s=20)
        assert ready() == 3

    def test_says_nothing_of_a_queue_that_there_is_not(self, rabbit: PrivateRabbit) -> None:
        declare_topology(rabbit.url)
        connection = pika.BlockingConnection(pika.URLParameters(rabbit.url))
        connection.channel().queue_delete(RECONCILIATION)
        connection.close()

        [found] = [one for one in count_queues(rabbit.url).queues if one.queue == RECONCILIATION]
        declare_topology(rabbit.url)

        assert (found.ready, found.consumers) == (None, None)


class TestCountedBroker:
    def test_says_so_when_the_broker_is_away(self) -> None:
        counts = CountedBroker(NOWHERE)()

        assert counts.fault is not None
        assert "cannot be reached" in counts.fault
        assert {one.ready for one in counts.queues} == {None}

    def test_adds_what_the_management_api_knows(self, rabbit: PrivateRabbit) -> None:
        declare_topology(rabbit.url)
        answers = {
            "/api/queues": [{"name": RECONCILIATION, "messages_unacknowledged": 9}],
            "/api/nodes": [{"name": "n1", "running": True, "mem_alarm": True}],
        }
        with management(answers) as (url, asked):
            counts = CountedBroker(rabbit.url, url)()

        [found] = [one for one in counts.queues if one.queue == RECONCILIATION]
        assert found.unacked == 9
        assert counts.alarms == ("n1 has too little memory: it takes no messages",)
        assert asked == ["Basic bW9uaXRvcjpzM2NyZXQ="] * 2

    def test_does_without_an_api_that_gives_no_answer(self, rabbit: PrivateRabbit) -> None:
        declare_topology(rabbit.url)

        counts = CountedBroker(rabbit.url, "http://monitor:s3cret@127.0.0.1:1")()

        assert counts.fault is not None
        assert "s3cret" not in counts.fault
        assert counts.queues[0].ready is not None


@contextmanager
def management(answers: dict[str, Any]) -> Iterator[tuple[str, list[str | None]]]:
    """A management API that answers by path, and the credentials that it was asked with."""
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            answer = json.dumps(answers[self.path.split("?", maxsplit=1)[0]]).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

    with serving(Handler) as port:
        yield f"http://monitor:s3cret@127.0.0.1:{port}", asked
