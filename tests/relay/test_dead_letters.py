"""The dead-letter relay: a dead letter is stored in the table before the broker may forget it."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from broker.drain import DeadDelivery, RabbitDrain
from broker.memory import MemoryBroker, MemoryDrain
from broker.topology import INTAKES, dead_letter_queue
from relay.dead_letters import relay_dead_letters
from store.engine import Engine, open_engine
from store.transaction import transaction
from tests.broker.proxy import proxied
from tests.broker.queues import count, declare, get_all, publish, purge
from tests.broker.worker import PATIENCE_S
from tests.servers.databases import select
from tests.servers.find import FoundRabbit
from tests.servers.waiting import wait_until
from tests.workers.events import body, usage

QUEUE = "minute-usage"
DEAD = dead_letter_queue(QUEUE)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of a store without dead letters."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def url(rabbit_server: FoundRabbit) -> Iterator[str]:
    """A RabbitMQ whose queues are there and empty."""
    for intake in INTAKES.values():
        declare(rabbit_server.url, intake)
    purge(rabbit_server.url, *INTAKES)
    yield rabbit_server.url
    purge(rabbit_server.url, *INTAKES)


class _Deliveries:
    """A drain that gives what a test wants, and records what was acknowledged."""

    def __init__(self, *deliveries: DeadDelivery) -> None:
        self._deliveries = list(deliveries)
        self.acknowledged: list[DeadDelivery] = []
        self.has_been_asked_again = threading.Event()

    def receive(self, seconds: float) -> list[DeadDelivery]:
        if not self._deliveries:
            self.has_been_asked_again.set()
            self.has_been_asked_again.wait(0.01)
        received, self._deliveries = self._deliveries, []
        return received

    def acknowledge(self, deliveries: Iterable[DeadDelivery]) -> None:
        self.acknowledged += deliveries

    def close(self) -> None:
        """Nothing is held."""


class TestDeadLetters:
    def test_come_into_the_table_with_bytes_and_key_and_leave_the_broker(
        self, engine: Engine, database_url: str, url: str
    ) -> None:
        event = usage("4711", 600, event_id="usage-1", source="screph-desktop")
        publish(url, DEAD, body(event), b"\x00 no event", exchange="")

        with _relaying(engine, RabbitDrain(url)):
            wait_until(lambda: len(_table(database_url)) == 2, "both are stored", limit_s=PATIENCE_S)
            wait_until(lambda: count(url, DEAD) == 0, "both have left", limit_s=PATIENCE_S)

        assert get_all(url, DEAD) == []
        assert set(_table(database_url)) == {
            (QUEUE, "dead_lettered", "screph-desktop", "usage-1", body(event), 1),
            (QUEUE, "dead_lettered", None, None, b"\x00 no event", 1),
        }

    def test_are_stored_although_the_connection_to_the_broker_breaks(
        self, engine: Engine, database_url: str, url: str
    ) -> None:
        with proxied(url) as proxy, _relaying(engine, RabbitDrain(proxy.url)):
            publish(url, DEAD, b"before", exchange="")
            wait_until(lambda: len(_table(database_url)) == 1, "the first is stored", limit_s=PATIENCE_S)
            proxy.lines[-1].cut()
            publish(url, DEAD, b"after", exchange="")

            wait_until(lambda: len(_table(database_url)) == 2, "the second is stored", limit_s=PATIENCE_S)

    def test_wait_in_the_broker_while_the_store_refuses(self, engine: Engine, database_url: str, url: str) -> None:
        publish(url, DEAD, b"waits", exchange="")
        # An exclusive lock is what a store in bad shape looks like: no answer until the lock time-out.
        impatient = open_engine(database_url, statement_timeout_ms=600)
        with _locked(database_url), _relaying(impatient, RabbitDrain(url)):
            wait_until(lambda: _waits_for_a_lock(database_url), "the relay tries", limit_s=PATIENCE_S)
        impatient.dispose()

        wait_until(lambda: count(url, DEAD) == 1, "it is back in the broker", limit_s=PATIENCE_S)
        with _relaying(engine, RabbitDrain(url)):
            wait_until(lambda: len(_table(database_url)) == 1, "it is stored", limit_s=PATIENCE_S)

    def test_are_acknowledged_only_after_they_are_stored(self, engine: Engine, database_url: str) -> None:
        stored_when_acknowledged: list[int] = []

        class Recording(_Deliveries):
            def acknowledge(self, deliveries: Iterable[DeadDelivery]) -> None:
                stored_when_acknowledged.append(len(_table(database_url)))
                super().acknowledge(deliveries)

        deliveries = [DeadDelivery(QUEUE, "rejected", "a reason", b"%d" % number, {}, number) for number in range(3)]
        drain = Recording(*deliveries)
        with _relaying(engine, drain):
            assert drain.has_been_asked_again.wait(PATIENCE_S)

        assert stored_when_acknowledged == [3]
        assert drain.acknowledged == deliveries

    def test_that_come_again_are_only_counted(self, engine: Engine, database_url: str) -> None:
        for _ in range(3):
            drain = _Deliveries(DeadDelivery(QUEUE, "rejected", "a reason", b"again", {}, 1))
            with _relaying(engine, drain):
                assert drain.has_been_asked_again.wait(PATIENCE_S)

        assert [row[-1] for row in _table(database_url)] == [3]

    @pytest.mark.parametrize(
        "letter",
        [
            DeadDelivery(QUEUE, "rejected", "a reason with \0 in it", b"a", {}, 1),
            DeadDelivery(QUEUE, "rejected", "half a character: \ud83d", b"b", {}, 1),
            DeadDelivery(
                QUEUE, "rejected", "a reason", b"c", {"x-death": [{"reason": "\\u0000 \0", "count": 2**63}]}, 1
            ),
            DeadDelivery(QUEUE, "rejected", "a reason", b"d", {"x-death": [{"reason": b"\xff", "": None}]}, 1),
            DeadDelivery(QUEUE, "", "", b"", {}, 1),
            DeadDelivery(QUEUE, "rejected", "a reason", b'{"id": "\\u0000", "source": "\\u0000"}', {}, 1),
            DeadDelivery(QUEUE, "rejected", "a reason", b"[" * 100_000, {}, 1),
            DeadDelivery("due", "rejected", "x" * 100_000, b"x" * 2_000_000, {}, 1),
        ],
        ids=["NUL", "surrogate", "headers", "header bytes", "empty", "NUL in the key", "deep", "long"],
    )
    def test_odd_ones_neither_end_the_relay_nor_wait_for_ever(
        self, engine: Engine, database_url: str, letter: DeadDelivery
    ) -> None:
        drain = _Deliveries(letter)

        with _relaying(engine, drain) as relay:
            wait_until(
                lambda: drain.has_been_asked_again.is_set() or not relay.is_alive(), "it is done", limit_s=PATIENCE_S
            )
            assert relay.is_alive()

        assert [(row[0], row[4]) for row in _table(database_url)] == [(letter.queue, letter.body)]

    def test_of_the_broker_in_the_process_are_stored_as_well(self, engine: Engine, database_url: str) -> None:
        broker = MemoryBroker(middleware=[])
        broker.dead_deliveries.append(DeadDelivery(QUEUE, "rejected", "a reason", b"from memory", {}, 0))

        with _relaying(engine, MemoryDrain(broker)):
            wait_until(lambda: len(_table(database_url)) == 1, "it is stored", limit_s=PATIENCE_S)

    def test_of_the_broker_in_the_process_wait_while_the_store_refuses(self, engine: Engine, database_url: str) -> None:
        broker = MemoryBroker(middleware=[])
        broker.dead_deliveries.append(DeadDelivery(QUEUE, "rejected", "a reason", b"from memory", {}, 0))
        impatient = open_engine(database_url, statement_timeout_ms=600)
        with _locked(database_url), _relaying(impatient, MemoryDrain(broker)):
            wait_until(lambda: _waits_for_a_lock(database_url), "the relay tries", limit_s=PATIENCE_S)
        impatient.dispose()

        with _relaying(engine, MemoryDrain(broker)):
            wait_until(lambda: len(_table(database_url)) == 1, "it is stored", limit_s=5)


@contextmanager
def _relaying(engine: Engine, drain: RabbitDrain | MemoryDrain | _Deliveries) -> Iterator[threading.Thread]:
    stopping = threading.Event()
    relay = threading.Thread(target=relay_dead_letters, args=(engine, drain, stopping))
    relay.start()
    try:
        yield relay
    finally:
        stopping.set()
        relay.join(PATIENCE_S)
        drain.close()


@contextmanager
def _locked(database_url: str) -> Iterator[None]:
    engine = open_engine(database_url)
    with transaction(engine) as session:
        session.execute(text("LOCK TABLE dead_letter IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


def _waits_for_a_lock(database_url: str) -> bool:
    return select(database_url, "SELECT 1 FROM pg_locks WHERE NOT granted") != []


def _table(database_url: str) -> list[tuple]:
    rows = select(database_url, "SELECT queue, via, source, event_id, body, seen FROM dead_letter ORDER BY id")
    return [(*row[:4], bytes(row[4]), row[5]) for row in rows]
