"""An exchange to which we may not write holds up no messages for others, however many wait for it."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from broker.publisher import ConfirmedPublisher, declare_topology
from messages.queues import FACTS, INTERNAL
from relay.outbox import relay_batch
from store.engine import Engine, open_engine
from store.outbox import Outgoing, backlog, put_outgoing
from store.reading import reading
from store.transaction import transaction
from tests.broker.queues import an_intake, get_all
from tests.servers.rabbitmq import PrivateRabbit

LIMIT = 20


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of a store whose outbox is empty."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def put(engine: Engine, *messages: Outgoing) -> None:
    """Put messages into the outbox."""
    with transaction(engine) as session:
        for message in messages:
            put_outgoing(session, message)


def test_without_rights_lets_all_others_go_on(engine: Engine) -> None:
    with PrivateRabbit() as rabbit:
        declare_topology(rabbit.url)
        facts = [Outgoing(FACTS, "screph.nobody.v1", f"f{n}", b"{}") for n in range(3 * LIMIT)]
        with an_intake(rabbit.url, exchange=INTERNAL) as intake, closing(ConfirmedPublisher(rabbit.url)) as publisher:
            closed: dict[str, float] = {}

            def relay(patience_seconds: float = 1) -> int:
                return relay_batch(engine, publisher, limit=LIMIT, patience_seconds=patience_seconds, closed=closed)

            rabbit.ctl("set_permissions", "guest", ".*", f"^{INTERNAL}$", ".*")
            put(engine, *facts, *(Outgoing(INTERNAL, intake.queue, f"r{n}", b"%d" % n) for n in range(3)))
            assert [relay(), relay(), relay()] == [0, 3, 0]
            assert get_all(rabbit.url, intake.queue) == [b"0", b"1", b"2"]

            # Its time is over, and it is still closed: asking takes a moment, however patient the relay is.
            closed[FACTS] = 0
            put(engine, Outgoing(INTERNAL, intake.queue, "r3", b"3"))
            began = time.monotonic()
            assert [relay(60), relay(60)] == [0, 1]
            assert time.monotonic() - began < 30
            assert closed[FACTS] > time.monotonic()

            rabbit.ctl("set_permissions", "guest", ".*", ".*", ".*")
            closed[FACTS] = 0
            assert [relay(10) for _ in range(4)] == [LIMIT, LIMIT, LIMIT, 0]
            assert closed == {}
    with reading(engine) as session:
        assert backlog(session)[0].value == 0
