"""The outbox relay: what was committed leaves in order, and exactly what is confirmed is removed."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher, declare_topology
from broker.topology import Intake
from messages.errors import Unavailable
from messages.queues import FACTS, INGRESS, INTERNAL
from relay.outbox import relay_batch, relay_outbox
from store.account_changes import open_listener
from store.engine import Engine, open_engine
from store.outbox import Outgoing, put_outgoing
from store.transaction import transaction
from tests.broker.proxy import proxied
from tests.broker.queues import an_intake, channel, consume_all, count, get_all
from tests.broker.worker import PATIENCE_S
from tests.servers.databases import execute, select
from tests.servers.find import FoundRabbit
from tests.servers.waiting import wait_until


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of a store with an empty outbox."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def intake(rabbit_server: FoundRabbit) -> Iterator[Intake]:
    """A queue behind the internal exchange."""
    declare_topology(rabbit_server.url)
    with an_intake(rabbit_server.url, exchange=INTERNAL) as intake:
        yield intake


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class _AnsweringPublisher:
    """A publisher with the receipts that a test wants, for those that a broker gives only in bad moments."""

    def __init__(self, *receipts: Receipt) -> None:
        self._receipts = list(receipts)
        self.published: list[Publication] = []

    def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
        self.published += publications
        return self._receipts[: len(publications)]

    def rest(self, seconds: float) -> None:
        """Not at all."""

    def close(self) -> None:
        """Nothing is held."""


class TestABatch:
    def test_leaves_in_order_with_ids_and_bytes_and_is_removed(
        self, engine: Engine, rabbit_server: FoundRabbit, intake: Intake
    ) -> None:
        bodies = [b"%d \x00\xff" % number for number in range(20)]
        _put(engine, *(Outgoing(INTERNAL, intake.queue, f"id-{n}", body) for n, body in enumerate(bodies)))

        with _publisher(rabbit_server) as publisher:
            assert relay_batch(engine, publisher) == 20

        assert _left(engine) == []
        with channel(rabbit_server.url) as opened:
            _, properties, body = opened.basic_get(intake.queue, auto_ack=True)
            assert (properties.message_id, body) == ("id-0", bodies[0])
        assert get_all(rabbit_server.url, intake.queue) == bodies[1:]

    def test_an_empty_outbox_is_nothing(self, engine: Engine) -> None:
        assert relay_batch(engine, _AnsweringPublisher()) == 0

    def test_facts_leave_by_their_type_for_whoever_listens(self, engine: Engine, rabbit_server: FoundRabbit) -> None:
        declare_topology(rabbit_server.url)
        with channel(rabbit_server.url) as listener:
            queue = listener.queue_declare("", exclusive=True).method.queue
            listener.queue_bind(queue, FACTS, "screph.balance.#")
            heard = Outgoing(FACTS, "screph.balance.changed.v1", "1", b"heard")
            unheard = Outgoing(FACTS, "screph.package.granted.v1", "2", b"unheard")
            _put(engine, heard, unheard)

            with _publisher(rabbit_server) as publisher:
                assert relay_batch(engine, publisher) == 2

            assert listener.basic_get(queue, auto_ack=True)[2] == b"heard"
            assert listener.basic_get(queue, auto_ack=True)[0] is None
        assert _left(engine) == []

    def test_wakes_who_waits_for_the_accounts_of_its_facts(self, engine: Engine, rabbit_server: FoundRabbit) -> None:
        _put(
            engine,
            Outgoing(FACTS, "screph.balance.changed.v1", "1", b'{"id":"1","subject":"anna"}'),
            Outgoing(FACTS, "screph.package.granted.v1", "2", b'{"id":"2","subject":"anna"}'),
            Outgoing(FACTS, "screph.package.granted.v1", "3", b'{"id":"3"}'),
            Outgoing(INTERNAL, "notice", "4", b'{"id":"4","subject":"boris"}'),
            Outgoing(FACTS, "screph.balance.changed.v1", "5", b'{"id":"5","subject":"clara"}'),
        )
        receipts = [*[Receipt.CONFIRMED] * 4, Receipt.UNCONFIRMED]
        mine, other = socket.socketpair()
        with mine, other, open_listener(engine) as listener:
            assert listener is not None

            relay_batch(engine, _AnsweringPublisher(*receipts))

            assert listener.wait(5, waker=mine) == {"anna"}

    def test_a_trace_leaves_with_a_fact_as_attribute_and_header(
        self, engine: Engine, rabbit_server: FoundRabbit
    ) -> None:
        declare_topology(rabbit_server.url)
        with channel(rabbit_server.url) as listener:
            queue = listener.queue_declare("", exclusive=True).method.queue
            listener.queue_bind(queue, FACTS, "screph.balance.#")
            _put(engine, Outgoing(FACTS, "screph.balance.changed.v1", "1", b'{"id":"1"}', TRACE))

            with _publisher(rabbit_server) as publisher:
                assert relay_batch(engine, publisher) == 1

            _, properties, body = listener.basic_get(queue, auto_ack=True)
        assert properties.headers == {"traceparent": TRACE}
        assert json.loads(body) == {"id": "1", "traceparent": TRACE}

    def test_a_replay_leaves_with_the_bytes_that_came(self, engine: Engine) -> None:
        _put(engine, Outgoing(INGRESS, "minute-usage", "dead-letter-1", b'{"id":"1"}', TRACE))
        publisher = _AnsweringPublisher(Receipt.CONFIRMED)

        relay_batch(engine, publisher)

        assert [(each.body, each.traceparent) for each in publisher.published] == [(b'{"id":"1"}', TRACE)]

    def test_exactly_what_was_confirmed_is_removed(self, engine: Engine) -> None:
        _put(engine, *(Outgoing(INTERNAL, "due", f"id-{n}", b"") for n in range(4)))
        publisher = _AnsweringPublisher(Receipt.CONFIRMED, Receipt.UNCONFIRMED, Receipt.CONFIRMED, Receipt.UNROUTABLE)

        assert relay_batch(engine, publisher) == 2

        assert _left(engine) == ["id-1", "id-3"]
        assert [each.message_id for each in publisher.published] == ["id-0", "id-1", "id-2", "id-3"]

    def test_only_a_fact_may_reach_nobody(self, engine: Engine) -> None:
        _put(engine, *(Outgoing(exchange, "x", exchange, b"") for exchange in (FACTS, INTERNAL, INGRESS)))
        publisher = _AnsweringPublisher(*[Receipt.CONFIRMED] * 3)

        relay_batch(engine, publisher)

        assert {each.exchange: each.is_mandatory for each in publisher.published} == {
            FACTS: False,
            INTERNAL: True,
            INGRESS: True,
        }

    def test_a_reminder_without_a_queue_stays_and_the_others_leave(
        self, engine: Engine, rabbit_server: FoundRabbit, intake: Intake
    ) -> None:
        _put(
            engine,
            Outgoing(INTERNAL, "no-such-queue", "stays", b"stays"),
            Outgoing(INTERNAL, intake.queue, "leaves", b"leaves"),
        )

        with _publisher(rabbit_server) as publisher:
            assert relay_batch(engine, publisher) == 1

        assert _left(engine) == ["stays"]
        assert get_all(rabbit_server.url, intake.queue) == [b"leaves"]

    def test_the_oldest_leave_first(self, engine: Engine) -> None:
        _put(engine, *(Outgoing(INTERNAL, "due", f"id-{n}", b"") for n in range(5)))
        publisher = _AnsweringPublisher(*[Receipt.CONFIRMED] * 5)

        assert [relay_batch(engine, publisher, limit=2) for _ in range(4)] == [2, 2, 1, 0]

        assert [each.message_id for each in publisher.published] == [f"id-{n}" for n in range(5)]

    def test_an_uncommitted_message_does_not_leave(self, engine: Engine) -> None:
        with transaction(engine) as session:
            put_outgoing(session, Outgoing(INTERNAL, "due", "uncommitted", b""))
            session.flush()
            publisher = _AnsweringPublisher(Receipt.CONFIRMED)

            assert relay_batch(engine, publisher) == 0

        assert relay_batch(engine, publisher) == 1


class TestTwoRelays:
    def test_side_by_side_each_message_leaves_once(
        self, engine: Engine, rabbit_server: FoundRabbit, intake: Intake
    ) -> None:
        for start in range(0, 900, 300):
            _put(engine, *(Outgoing(INTERNAL, intake.queue, str(n), b"%d" % n) for n in range(start, start + 300)))
        stopping = threading.Event()

        with _publisher(rabbit_server) as first, _publisher(rabbit_server) as second:
            relays = [threading.Thread(target=relay_outbox, args=(engine, each, stopping)) for each in (first, second)]
            for each in relays:
                each.start()
            wait_until(lambda: not _left(engine), "the outbox is empty", limit_s=PATIENCE_S)
            stopping.set()
            for each in relays:
                each.join(PATIENCE_S)

        assert consume_all(rabbit_server.url, intake.queue) == {b"%d" % n: 1 for n in range(900)}

    def test_a_relay_that_waits_for_its_broker_holds_up_no_other(self, engine: Engine) -> None:
        _put(engine, *(Outgoing(INTERNAL, "due", f"id-{n}", b"") for n in range(3)))
        has_begun, go = threading.Event(), threading.Event()

        class Slow(_AnsweringPublisher):
            def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
                has_begun.set()
                go.wait(PATIENCE_S)
                return super().publish(publications)

        slow, quick = Slow(Receipt.CONFIRMED), _AnsweringPublisher(Receipt.CONFIRMED, Receipt.CONFIRMED)
        waiting = threading.Thread(target=relay_batch, args=(engine, slow), kwargs={"limit": 1})
        waiting.start()
        assert has_begun.wait(PATIENCE_S)

        assert relay_batch(engine, quick) == 2

        go.set()
        waiting.join(PATIENCE_S)
        assert [each.message_id for each in quick.published] == ["id-1", "id-2"]
        assert [each.message_id for each in slow.published] == ["id-0"]
        assert _left(engine) == []


class TestFaults:
    def test_a_relay_that_dies_after_publishing_publishes_again_with_the_same_ids(
        self, engine: Engine, rabbit_server: FoundRabbit, intake: Intake
    ) -> None:
        _put(engine, Outgoing(INTERNAL, intake.queue, "the-id", b"twice"))

        class Dies(ConfirmedPublisher):
            def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
                super().publish(publications, patience_seconds=patience_seconds)
                raise SystemExit

        dying = Dies(rabbit_server.url)
        with pytest.raises(SystemExit):
            relay_batch(engine, dying)
        dying.close()
        assert _left(engine) == ["the-id"]
        with _publisher(rabbit_server) as publisher:
            relay_batch(engine, publisher)

        assert get_all(rabbit_server.url, intake.queue) == [b"twice", b"twice"]

    def test_a_broker_that_is_away_costs_nothing(
        self, engine: Engine, rabbit_server: FoundRabbit, intake: Intake
    ) -> None:
        _put(engine, *(Outgoing(INTERNAL, intake.queue, str(n), b"%d" % n) for n in range(200)))
        stopping = threading.Event()
        with proxied(rabbit_server.url) as proxy:
            publisher = ConfirmedPublisher(proxy.url, window=5)
            relay = threading.Thread(target=relay_outbox, args=(engine, publisher, stopping))
            relay.start()
            wait_until(lambda: count(rabbit_server.url, intake.queue) > 0, "it publishes", limit_s=PATIENCE_S)
            proxy.lines[-1].cut()

            wait_until(lambda: not _left(engine), "the outbox is empty", limit_s=PATIENCE_S)
            stopping.set()
            relay.join(PATIENCE_S)
            publisher.close()

        assert set(get_all(rabbit_server.url, intake.queue)) == {b"%d" % n for n in range(200)}

    def test_a_store_that_is_away_is_raised_to_the_caller(self) -> None:
        engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing")

        with pytest.raises(Unavailable):
            relay_batch(engine, _AnsweringPublisher())

    def test_a_relay_outlives_a_lost_connection_to_its_store(self, engine: Engine, database_url: str) -> None:
        stopping, publisher = threading.Event(), _AnsweringPublisher(Receipt.CONFIRMED)
        relay = threading.Thread(target=relay_outbox, args=(engine, publisher, stopping))
        relay.start()
        _put(engine, Outgoing(INTERNAL, "due", "before", b""))
        wait_until(lambda: not _left(engine), "the first has left", limit_s=PATIENCE_S)

        execute(
            database_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            "INSERT INTO outbox (exchange, routing_key, message_id, body) VALUES ('screph.internal', 'due', 'after', '')",
        )

        wait_until(
            lambda: select(database_url, "SELECT 1 FROM outbox") == [], "the second has left", limit_s=PATIENCE_S
        )
        stopping.set()
        relay.join(PATIENCE_S)
        assert not relay.is_alive()
        assert [each.message_id for each in publisher.published] == ["before", "after"]


@contextmanager
def _publisher(rabbit_server: FoundRabbit) -> Iterator[ConfirmedPublisher]:
    publisher = ConfirmedPublisher(rabbit_server.url)
    yield publisher
    publisher.close()


def _put(engine: Engine, *messages: Outgoing) -> None:
    with transaction(engine) as session:
        for message in messages:
            put_outgoing(session, message)
            session.flush()


def _left(engine: Engine) -> list[str]:
    with transaction(engine) as session:
        return list(session.execute(text("SELECT message_id FROM outbox ORDER BY id")).scalars())
