"""Transactions: all or nothing, and what the database says is told apart by what to do about it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from messages.errors import Unavailable
from store.engine import Engine, Session, open_engine
from store.errors import Conflict
from store.reading import reading
from store.transaction import transaction
from tests.servers.postgres import PrivatePostgres
from tests.servers.waiting import wait_until

OPEN = text("INSERT INTO account (id) VALUES (:id)")
COUNT = text("SELECT count(*) FROM account")
LOCK = text("SELECT FROM account WHERE id = :id FOR UPDATE")


def count(engine: Engine) -> int:
    """How many accounts there are."""
    with reading(engine) as session:
        return int(session.execute(COUNT).scalar_one())


@contextmanager
def impatient(engine: Engine) -> Iterator[Engine]:
    """Another engine of the same database, that waits 0.2 s for a lock and 0.6 s for an answer."""
    opened = open_engine(
        engine.url.set(drivername="postgresql").render_as_string(hide_password=False), statement_timeout_ms=600
    )
    yield opened
    opened.dispose()


class TestTransaction:
    def test_commits_when_the_block_ends_well(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(OPEN, {"id": "a"})

        assert count(engine) == 1

    def test_commits_nothing_when_the_block_raises(self, engine: Engine) -> None:
        with pytest.raises(ZeroDivisionError), transaction(engine) as session:
            session.execute(OPEN, {"id": "a"})
            raise ZeroDivisionError

        assert count(engine) == 0

    def test_commits_nothing_when_a_statement_was_refused(self, engine: Engine) -> None:
        with pytest.raises(IntegrityError), transaction(engine) as session:
            session.execute(OPEN, {"id": "a"})
            session.execute(OPEN, {"id": "a"})

        assert count(engine) == 0

    def test_shows_others_nothing_before_the_commit(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(OPEN, {"id": "a"})

            assert count(engine) == 0

    def test_gives_its_connection_back_whatever_happens(self, engine: Engine) -> None:
        for number in range(20):
            with pytest.raises(ZeroDivisionError), transaction(engine) as session:
                session.execute(OPEN, {"id": str(number)})
                raise ZeroDivisionError

        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


class TestReading:
    def test_is_all_of_one_moment(self, engine: Engine) -> None:
        with reading(engine) as session:
            before = session.execute(COUNT).scalar_one()
            with transaction(engine) as other:
                other.execute(OPEN, {"id": "a"})

            assert session.execute(COUNT).scalar_one() == before == 0

        assert count(engine) == 1

    def test_keeps_nothing(self, engine: Engine) -> None:
        with reading(engine) as session:
            session.execute(OPEN, {"id": "a"})

        assert count(engine) == 0

    def test_leaves_no_trace_in_the_next_transaction(self, engine: Engine) -> None:
        for _ in range(5):
            count(engine)

        with transaction(engine) as session:
            assert session.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"


class TestConflict:
    def test_a_deadlock_is_one_and_undoes_one_side(self, engine: Engine) -> None:
        with transaction(engine) as session:
            for account_id in "ab":
                session.execute(OPEN, {"id": account_id})
        both_hold_one = Barrier(2)

        def lock(order: str) -> str:
            try:
                with transaction(engine) as session:
                    session.execute(OPEN, {"id": f"by {order}"})
                    session.execute(LOCK, {"id": order[0]})
                    both_hold_one.wait(timeout=5)
                    session.execute(LOCK, {"id": order[1]})
            except Conflict as conflict:
                return str(conflict)
            return "kept"

        with ThreadPoolExecutor(2) as threads:
            saved, refused = sorted(threads.map(lock, ("ab", "ba")), key="kept".__ne__)

        assert saved == "kept"
        assert "deadlock" in refused
        assert count(engine) == 3

    def test_a_lock_that_is_not_given_is_one(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(OPEN, {"id": "a"})
        with transaction(engine) as holder, impatient(engine) as other:
            holder.execute(LOCK, {"id": "a"})

            with pytest.raises(Conflict, match="lock timeout"), transaction(other) as session:
                session.execute(OPEN, {"id": "b"})
                session.execute(LOCK, {"id": "a"})

        assert count(engine) == 1

    def test_two_readings_that_write_the_same_are_one(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(OPEN, {"id": "a"})
        with pytest.raises(Conflict), reading(engine) as session:
            session.execute(COUNT)
            with transaction(engine) as other:
                other.execute(text("UPDATE account SET sequence = 1"))

            session.execute(LOCK, {"id": "a"})


class TestUnavailable:
    def test_a_statement_that_takes_too_long_is(self, engine: Engine) -> None:
        with (
            impatient(engine) as other,
            pytest.raises(Unavailable, match="statement timeout"),
            transaction(other) as session,
        ):
            session.execute(OPEN, {"id": "a"})
            session.execute(text("SELECT pg_sleep(5)"))

        assert count(engine) == 0

    def test_a_connection_that_was_ended_is_and_the_next_one_works(self, engine: Engine) -> None:
        with pytest.raises(Unavailable), transaction(engine) as session:
            session.execute(OPEN, {"id": "a"})
            end(engine, session)
            session.execute(COUNT)

        assert count(engine) == 0

    def test_a_connection_that_is_gone_at_the_commit_is(self, engine: Engine) -> None:
        with pytest.raises(Unavailable), transaction(engine) as session:
            session.execute(OPEN, {"id": "a"})
            end(engine, session)

        assert count(engine) == 0

    def test_a_transaction_that_lay_idle_too_long_is(self, engine: Engine) -> None:
        with pytest.raises(Unavailable), transaction(engine) as session:
            session.execute(OPEN, {"id": "a"})
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 50"))
            wait_until_gone(engine, pid_of(session))
            session.execute(COUNT)

        assert count(engine) == 0

    def test_a_wrong_statement_is_not(self, engine: Engine) -> None:
        with pytest.raises(DBAPIError, match="division by zero"), transaction(engine) as session:
            session.execute(text("SELECT 1 / 0"))

    def test_a_server_that_is_gone_is_until_it_is_back(self) -> None:
        with PrivatePostgres() as server:
            engine = open_engine(server.url)
            with transaction(engine) as session:
                session.execute(text("CREATE TABLE account (id text)"))

            with pytest.raises(Unavailable), transaction(engine) as session:
                session.execute(OPEN, {"id": "a"})
                server.stop_immediate()
                session.execute(OPEN, {"id": "b"})
            for _ in range(2):
                with pytest.raises(Unavailable, match="cannot be reached"):
                    count(engine)
            server.start()

            assert count(engine) == 0
            engine.dispose()

    def test_a_port_where_nobody_listens_is(self) -> None:
        engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing")

        with pytest.raises(Unavailable, match="cannot be reached"):
            count(engine)


def pid_of(session: Session) -> int:
    """The server's process behind a session."""
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def end(engine: Engine, session: Session) -> None:
    """End the connection of a session from outside, as a restart of the server does."""
    pid = pid_of(session)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    wait_until_gone(engine, pid)


def wait_until_gone(engine: Engine, pid: int) -> None:
    """Return as soon as the server's process has ended."""

    def is_gone() -> bool:
        with engine.connect() as connection:
            query = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
            return connection.execute(query, {"pid": pid}).scalar_one() == 0

    wait_until(is_gone, "the connection has ended", limit_s=5)
