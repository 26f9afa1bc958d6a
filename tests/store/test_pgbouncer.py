"""Behind PgBouncer in transaction mode, where every transaction may run in another session of PostgreSQL."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import text

from messages.errors import Unavailable
from store.engine import Engine, open_engine
from store.migrate import migrate, revisions
from store.reading import reading
from store.transaction import transaction
from tests.broker.proxy import proxied
from tests.servers.databases import select
from tests.servers.pgbouncer import pgbouncer_before
from tests.servers.postgres import PrivatePostgres
from tests.servers.waiting import wait_until
from tests.workers.events import NOW, grant, usage
from tests.workers.minutes.harness import MinutesHarness

CLIENTS = 6
"""Three times as many as PgBouncer has sessions, so that transactions change them."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    """A PostgreSQL that wants no password."""
    with PrivatePostgres() as server:
        yield server


@pytest.fixture(scope="module")
def address(postgres: PrivatePostgres) -> Iterator[str]:
    """The address of a database, through PgBouncer."""
    with pgbouncer_before(postgres.new_database("behind_pgbouncer")) as url:
        migrate(url)
        yield url


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    """An engine with more connections than PgBouncer has sessions."""
    opened = open_engine(address, pool_size=CLIENTS, statement_timeout_ms=3_000)
    yield opened
    opened.dispose()


class TestMigrating:
    def test_brings_the_schema_up_to_date(self, address: str, engine: Engine) -> None:
        migrate(address)

        with reading(engine) as session:
            current, head = revisions(session.connection())
        assert current == head

    def test_by_several_hosts_at_once_takes_turns(self, postgres: PrivatePostgres) -> None:
        with pgbouncer_before(postgres.new_database("many_hosts"), pool_size=8) as url:
            with ThreadPoolExecutor(4) as hosts:
                assert list(hosts.map(lambda _: migrate(url), range(4))) == [None] * 4

    def test_leaves_no_lock_behind(self, address: str) -> None:
        migrate(address)

        assert select(address, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


class TestLimits:
    def test_hold_in_every_session(self, engine: Engine) -> None:
        together = threading.Barrier(2)

        def limits_of(_number: int) -> tuple[int, str, str, str]:
            with transaction(engine) as session:
                [row] = session.execute(
                    text(
                        "SELECT pg_backend_pid(), current_setting('statement_timeout'), "
                        "current_setting('lock_timeout'), current_setting('timezone')"
                    )
                )
                # Two transactions at once, so both sessions are in use.
                together.wait(10)
                return tuple(row)

        with ThreadPoolExecutor(2) as clients:
            found = [row for _ in range(5) for row in clients.map(limits_of, range(2))]

        assert len({pid for pid, *_ in found}) == 2
        assert {tuple(limits) for _, *limits in found} == {("3s", "1s", "UTC")}

    def test_bind_nobody_else(self, address: str, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(text("SELECT 1"))

        assert {tuple(select(address, "SHOW statement_timeout")[0]) for _ in range(4)} == {("0",)}

    def test_end_a_statement_that_runs_too_long(self, engine: Engine) -> None:
        with pytest.raises(Unavailable, match="statement timeout"), transaction(engine) as session:
            session.execute(text("SELECT pg_sleep(20)"))

    def test_are_set_once_where_nothing_stands_in_between(self, postgres: PrivatePostgres) -> None:
        direct = open_engine(postgres.url, statement_timeout_ms=3_000)
        with direct.connect() as connection:
            connection.execute(text("SELECT 1"))
            connection.rollback()
            [[limit]] = connection.execute(text("SHOW statement_timeout"))
            assert (limit, connection.info["is_pooled"]) == ("3s", False)
        direct.dispose()


class TestWork:
    def test_is_booked_and_read_as_without_it(self, engine: Engine) -> None:
        harness = MinutesHarness(engine)
        harness.apply(grant(harness.account, 1_000))

        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda _: harness.apply(usage(harness.account, 10)), range(30)))

        assert harness.balance(now=NOW).available_seconds == 700
        with reading(engine) as session:
            [[moment]] = session.execute(text("SELECT received_at FROM inbox LIMIT 1"))
        assert moment.utcoffset() == UTC.utcoffset(None)


class TestAway:
    """What sets the limits of a transaction is the first to notice, and it once raised the driver's bare error."""

    @pytest.mark.parametrize("opened", [transaction, reading])
    def test_is_a_pooler_that_was_started_again(self, address: str, opened: Any) -> None:
        with proxied(address) as pooler:
            engine = open_engine(pooler.url, pool_size=1)
            before = _answer(engine, opened)
            pooler.lines[-1].cut()

            with pytest.raises(Unavailable, match="cannot be reached"):
                _answer(engine, opened)

            assert before == _answer(engine, opened) == 1
            engine.dispose()

    @pytest.mark.parametrize("opened", [transaction, reading])
    def test_is_a_server_that_ends_behind_the_pooler_until_it_is_back(self, opened: Any) -> None:
        with PrivatePostgres() as server, pgbouncer_before(server.url, patience_s=1) as url:
            engine = open_engine(url, pool_size=1)
            assert _answer(engine, opened) == 1
            server.stop_immediate()

            for _ in range(2):
                with pytest.raises(Unavailable, match="cannot be reached"):
                    _answer(engine, opened)
            server.start()

            wait_until(lambda: _answers_again(engine, opened), "it is reached again", limit_s=30)
            engine.dispose()


def _answer(engine: Engine, opened: Any) -> int:
    with opened(engine) as session:
        answer: int = session.execute(text("SELECT 1")).scalar_one()
        return answer


def _answers_again(engine: Engine, opened: Any) -> bool:
    try:
        return _answer(engine, opened) == 1
    except Unavailable:
        return False
