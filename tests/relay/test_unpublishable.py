"""A message of the outbox that can never be published is put apart, and stops nothing."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher, declare_topology
from messages.queues import FACTS
from relay.outbox import relay_batch
from store.engine import Engine, open_engine
from store.outbox import Outgoing, backlog, count_refused, put_outgoing
from store.reading import reading
from store.transaction import transaction
from tests.servers.find import FoundRabbit
from tests.servers.rabbitmq import PrivateRabbit

UNPUBLISHABLE = {
    "an id of 256 bytes": Outgoing(FACTS, "a", "i" * 256, b"{}"),
    "an id of 64 emoji": Outgoing(FACTS, "a", "\N{GRINNING FACE}" * 64, b"{}"),
    "a routing key of 256 bytes": Outgoing(FACTS, "a" * 256, "id", b"{}"),
    "an exchange of 256 bytes": Outgoing("e" * 256, "a", "id", b"{}"),
    "an exchange that nobody has declared": Outgoing("no-such-exchange", "a", "id", b"{}"),
}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of a store whose outbox is empty."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


class TestRelayBatch:
    @pytest.mark.parametrize("bad", UNPUBLISHABLE.values(), ids=UNPUBLISHABLE)
    def test_puts_it_apart_and_sends_the_others(
        self, engine: Engine, rabbit_server: FoundRabbit, bad: Outgoing
    ) -> None:
        declare_topology(rabbit_server.url)
        with transaction(engine) as session:
            for message in (Outgoing(FACTS, "a", "before", b"{}"), bad, Outgoing(FACTS, "a", "behind", b"{}")):
                put_outgoing(session, message)

        with closing(ConfirmedPublisher(rabbit_server.url)) as publisher:
            moved = [relay_batch(engine, publisher), relay_batch(engine, publisher)]

        assert moved == [2, 0]
        with reading(engine) as session:
            assert count_refused(session).value == 1
            waiting, oldest = backlog(session)
            assert (waiting.value, oldest) == (0, None)


class TestConfirmedPublisher:
    def test_learns_how_large_a_body_may_be(self) -> None:
        sizes = [10, 200_000, 20, 300_000, 100_000]
        with PrivateRabbit() as rabbit, closing(ConfirmedPublisher(rabbit.url)) as publisher:
            declare_topology(rabbit.url)
            rabbit.evaluate("application:set_env(rabbit, max_message_size, 100000)")
            bodies = [Publication(FACTS, "a", f"{n}", b"x" * size, is_mandatory=False) for n, size in enumerate(sizes)]

            receipts = publisher.publish(bodies, patience_seconds=20)

        expected = [Receipt.CONFIRMED if size <= 100_000 else Receipt.UNPUBLISHABLE for size in sizes]
        assert receipts == expected
