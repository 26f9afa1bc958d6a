"""What counts as a broker that is away: each kind is met, waited for, and ends nothing."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pika
import pytest
from dramatiq.errors import ConnectionClosed
from pika.adapters.utils.connection_workflow import AMQPConnectorStackTimeout

from broker.away import AWAY
from broker.drain import RabbitDrain
from broker.inspection import inspect_queues
from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher, declare_topology
from messages.errors import Unavailable
from messages.queues import FACTS
from tests.broker.queues import a_broker, an_intake
from tests.servers.find import FoundRabbit

QUICK = "?stack_timeout=0.5&socket_timeout=0.5"

Answer = Callable[[socket.socket], None]


def _stay_silent(_client: socket.socket) -> None:
    """Accept and say nothing, as a broker whose machine hangs."""


def _hang_up(client: socket.socket) -> None:
    client.close()


def _speak_http(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@contextmanager
def _listening(answer: Answer) -> Iterator[str]:
    """Something that accepts connections on a port where a broker should be."""
    clients: list[socket.socket] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def accept() -> None:
            try:
                while True:
                    client, _ = server.accept()
                    clients.append(client)
                    answer(client)
            except OSError:
                pass  # the test has ended

        threading.Thread(target=accept, daemon=True).start()
        yield f"amqp://guest:guest@127.0.0.1:{server.getsockname()[1]}/{QUICK}"
        server.shutdown(socket.SHUT_RDWR)
    for client in clients:
        client.close()


@pytest.fixture(params=["silent", "hangs up", "speaks HTTP", "refuses", "no address", "wrong password", "no vhost"])
def away_url(request: pytest.FixtureRequest, rabbit_server: FoundRabbit) -> Iterator[str]:
    """The URL of a broker that cannot be used, in each way that there is."""
    real = pika.URLParameters(rabbit_server.url)
    match request.param:
        case "silent" | "hangs up" | "speaks HTTP" as kind:
            answers = {"silent": _stay_silent, "hangs up": _hang_up, "speaks HTTP": _speak_http}
            with _listening(answers[kind]) as url:
                yield url
        case "refuses":
            yield f"amqp://guest:guest@127.0.0.1:1/{QUICK}"
        case "no address":
            yield f"amqp://guest:guest@nowhere.invalid:5672/{QUICK}"
        case "wrong password":
            yield f"amqp://guest:wrong@{real.host}:{real.port}/{QUICK}"
        case "no vhost":
            yield f"amqp://guest:guest@{real.host}:{real.port}/nowhere{QUICK}"


class TestABrokerThatIsAway:
    def test_counts_as_away_to_whoever_connects(self, away_url: str) -> None:
        with pytest.raises(AWAY):
            pika.BlockingConnection(pika.URLParameters(away_url))

    def test_is_waited_for_by_whoever_declares(self, away_url: str) -> None:
        with pytest.raises(Unavailable):
            declare_topology(away_url)

    def test_is_waited_for_by_the_drain(self, away_url: str) -> None:
        with closing(RabbitDrain(away_url)) as drain:
            assert drain.receive(0.1) == []

    def test_is_waited_for_by_the_publisher(self, away_url: str) -> None:
        with closing(ConfirmedPublisher(away_url)) as publisher:
            receipts = publisher.publish([Publication(FACTS, "a", "id", b"{}", is_mandatory=False)], patience_seconds=1)

        assert receipts == [Receipt.UNCONFIRMED]

    def test_is_waited_for_by_the_consumer(self, away_url: str, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, closing(a_broker(away_url, intake)) as broker:
            with pytest.raises(ConnectionClosed):
                broker.consume(intake.queue, timeout=50)

    def test_is_what_the_doctor_says(self, away_url: str) -> None:
        with pytest.raises(OSError, match=r".+"):
            inspect_queues(away_url)


class TestTheList:
    def test_has_the_time_out_that_is_no_error_of_amqp(self) -> None:
        assert issubclass(AMQPConnectorStackTimeout, AWAY)

    @pytest.mark.parametrize("bug", [TypeError, ValueError, KeyError, AttributeError])
    def test_has_no_error_that_is_a_bug(self, bug: type[Exception]) -> None:
        assert not issubclass(bug, AWAY)
