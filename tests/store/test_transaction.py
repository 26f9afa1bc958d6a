"""transaction(): all or nothing, and each fault of a database as what it means for a message."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from messages.fates import Unavailable
from store.transaction import Conflict, Engine, open_engine, reading, transaction
from tests.broker.proxy import proxied
from tests.servers.databases import execute, select
from tests.servers.waiting import wait_until
from tests.store.blocking import wait_until_blocked

TERMINATE_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class TestTransaction:
    def test_commits_what_ended_well(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(text("INSERT INTO account (id) VALUES ('kept')"))

        assert _accounts(engine) == ["kept"]

    def test_leaves_nothing_of_what_did_not(self, engine: Engine) -> None:
        with pytest.raises(RuntimeError, match="a bug"), transaction(engine) as session:
            session.execute(text("INSERT INTO account (id) VALUES ('lost')"))
            raise RuntimeError("a bug")

        assert _accounts(engine) == []

    def test_a_row_that_a_check_refuses_is_a_bug_and_no_fault_of_the_database(self, engine: Engine) -> None:
        with pytest.raises(IntegrityError), transaction(engine) as session:
            session.execute(text("INSERT INTO account (id) VALUES ('')"))

    def test_a_deadlock_is_a_conflict_for_one_and_nothing_for_the_other(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(text("INSERT INTO account (id) VALUES ('a'), ('b')"))
        both_hold_one = threading.Barrier(2)

        def lock(first: str, second: str) -> str:
            try:
                with transaction(engine) as session:
                    session.execute(text("UPDATE account SET sequence = 1 WHERE id = :id"), {"id": first})
                    both_hold_one.wait(10)
                    session.execute(text("UPDATE account SET sequence = 2 WHERE id = :id"), {"id": second})
            except Conflict:
                return "conflict"
            return "committed"

        with ThreadPoolExecutor(2) as threads:
            ends = [threads.submit(lock, "a", "b"), threads.submit(lock, "b", "a")]

        assert sorted(end.result() for end in ends) == ["committed", "conflict"]

    def test_a_lock_that_is_not_given_in_time_is_a_conflict(self, engine: Engine) -> None:
        impatient = open_engine(_url(engine), statement_timeout_ms=300)
        with transaction(engine) as holder:
            holder.execute(text("LOCK TABLE account IN ACCESS EXCLUSIVE MODE"))

            with pytest.raises(Conflict), transaction(impatient) as session:
                session.execute(text("SELECT 1 FROM account"))
        impatient.dispose()

    def test_a_serialisation_failure_is_a_conflict(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(text("INSERT INTO account (id) VALUES ('a')"))

        with pytest.raises(Conflict), transaction(engine) as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            session.execute(text("SELECT 1 FROM account"))
            with transaction(engine) as other:
                other.execute(text("UPDATE account SET sequence = 1"))
            session.execute(text("UPDATE account SET sequence = 2"))


class TestADatabaseThatIsAway:
    def test_where_nobody_listens(self) -> None:
        engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing")

        with pytest.raises(Unavailable), transaction(engine) as session:
            session.execute(text("SELECT 1"))

    def test_where_there_is_no_such_database(self, engine: Engine) -> None:
        nowhere = open_engine(f"{_url(engine)}_nowhere")

        with pytest.raises(Unavailable), transaction(nowhere) as session:
            session.execute(text("SELECT 1"))

    @pytest.mark.parametrize("opened", [transaction, reading])
    def test_when_the_server_ends_the_session(self, engine: Engine, opened: Callable) -> None:
        with pytest.raises(Unavailable) as unavailable, opened(engine) as session:
            session.execute(text("SELECT 1"))
            execute(_url(engine), TERMINATE_OTHERS)
            session.execute(text("SELECT 1"))

        assert not isinstance(unavailable.value, Conflict)
        with opened(engine) as session:
            assert session.execute(text("SELECT 1")).scalar_one() == 1

    def test_when_it_ends_the_session_before_the_commit(self, engine: Engine) -> None:
        with pytest.raises(Unavailable), transaction(engine) as session:
            session.execute(text("INSERT INTO account (id) VALUES ('lost')"))
            execute(_url(engine), TERMINATE_OTHERS)

        assert _accounts(engine) == []

    def test_when_pooled_sessions_have_ended_meanwhile(self, engine: Engine) -> None:
        """After a restart every pooled session is dead; one fault, and not one for each, is what it may cost."""
        held = [engine.connect() for _ in range(4)]
        for connection in held:
            connection.close()
        execute(_url(engine), TERMINATE_OTHERS)
        faults = 0

        for _ in range(6):
            try:
                with transaction(engine) as session:
                    session.execute(text("SELECT 1"))
            except Unavailable:
                faults += 1

        assert faults <= 1

    def test_when_the_line_is_cut_in_the_middle_of_a_statement(self, engine: Engine) -> None:
        with proxied(_url(engine)) as proxy:
            far = open_engine(proxy.url)
            cut = threading.Thread(target=lambda: (_wait_for_sleeper(engine), proxy.lines[0].cut()))
            cut.start()

            with pytest.raises(Unavailable), transaction(far) as session:
                session.execute(text("SELECT pg_sleep(20)"))

            cut.join(10)
            far.dispose()

    def test_when_a_statement_takes_too_long(self, engine: Engine) -> None:
        impatient = open_engine(_url(engine), statement_timeout_ms=100)

        with pytest.raises(Unavailable), transaction(impatient) as session:
            session.execute(text("SELECT pg_sleep(10)"))
        impatient.dispose()

    def test_when_it_is_a_standby_that_takes_no_writes(self, engine: Engine) -> None:
        with pytest.raises(Unavailable), transaction(engine) as session:
            session.execute(text("SET TRANSACTION READ ONLY"))
            session.execute(text("INSERT INTO account (id) VALUES ('a')"))

    def test_says_so_in_a_line_without_what_was_asked(self, engine: Engine) -> None:
        impatient = open_engine(_url(engine), statement_timeout_ms=100)

        with pytest.raises(Unavailable) as unavailable, transaction(impatient) as session:
            session.execute(text("SELECT pg_sleep(10), :secret"), {"secret": "somebody@example.org"})
        impatient.dispose()

        assert "\n" not in str(unavailable.value)
        assert "somebody" not in str(unavailable.value)


class TestReading:
    def test_sees_one_moment(self, engine: Engine) -> None:
        with reading(engine) as session:
            before = session.execute(text("SELECT count(*) FROM account")).scalar_one()
            with transaction(engine) as writer:
                writer.execute(text("INSERT INTO account (id) VALUES ('later')"))

            assert session.execute(text("SELECT count(*) FROM account")).scalar_one() == before == 0

    def test_keeps_nothing(self, engine: Engine) -> None:
        with reading(engine) as session:
            session.execute(text("INSERT INTO account (id) VALUES ('not kept')"))

        assert _accounts(engine) == []

    def test_waits_for_no_writer(self, engine: Engine) -> None:
        with transaction(engine) as writer:
            writer.execute(text("INSERT INTO account (id) VALUES ('a')"))

            with reading(engine) as session:
                assert session.execute(text("SELECT 1 FROM account")).all() == []


class TestOpenEngine:
    @pytest.mark.parametrize("scheme", ["postgresql://", "postgres://", "postgresql+psycopg2://"])
    def test_takes_a_url_as_libpq_or_sqlalchemy_writes_it(self, engine: Engine, scheme: str) -> None:
        opened = open_engine(_url(engine).replace("postgresql://", scheme))

        with reading(opened) as session:
            assert session.execute(text("SELECT 1")).scalar_one() == 1
        opened.dispose()

    def test_every_session_has_its_limits_and_speaks_utc(self, engine: Engine) -> None:
        opened = open_engine(_url(engine), statement_timeout_ms=3_000)

        with reading(opened) as session:
            names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
            settings = [session.execute(text(f"SHOW {name}")).scalar_one() for name in names]

        assert settings == ["3s", "1s", "1min", "UTC"]
        opened.dispose()

    def test_a_transaction_that_nobody_ends_is_ended_by_the_server_and_lets_go(self, engine: Engine) -> None:
        holder = open_engine(_url(engine))
        with pytest.raises(Unavailable), transaction(holder) as session:
            session.execute(text("SET idle_in_transaction_session_timeout = 200"))
            session.execute(text("INSERT INTO account (id) VALUES ('held')"))
            # Whoever wants the same row waits until then, and not for ever.
            with transaction(engine) as other:
                other.execute(text("INSERT INTO account (id) VALUES ('held')"))
            session.execute(text("SELECT 1"))
        holder.dispose()

        assert _accounts(engine) == ["held"]

    def test_a_waiting_writer_goes_on_as_soon_as_the_first_has_ended(self, engine: Engine) -> None:
        with ThreadPoolExecutor(1) as threads:
            with transaction(engine) as first:
                first.execute(text("INSERT INTO account (id) VALUES ('a')"))
                second = threads.submit(_insert_if_missing, engine)
                wait_until_blocked(engine)

            assert second.result(10) == 0


def _accounts(engine: Engine) -> list[str]:
    return [name for (name,) in select(_url(engine), "SELECT id FROM account ORDER BY id")]


def _url(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _insert_if_missing(engine: Engine) -> int:
    with transaction(engine) as session:
        found = session.execute(text("INSERT INTO account (id) VALUES ('a') ON CONFLICT DO NOTHING RETURNING 1"))
        return len(found.all())


def _wait_for_sleeper(engine: Engine) -> None:
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'"
        " AND state = 'active' AND pid <> pg_backend_pid()"
    )
    wait_until(lambda: select(_url(engine), query) != [], "it sleeps", limit_s=10)
