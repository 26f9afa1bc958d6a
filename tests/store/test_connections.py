"""The engine's connections: bounded in every wait, and soon themselves again when they broke."""

import threading

import pytest
from sqlalchemy import text

from messages.errors import Unavailable
from store.engine import Engine, open_engine
from store.errors import Conflict
from store.reading import reading
from store.transaction import transaction
from tests.broker.proxy import proxied
from tests.servers.databases import execute, select
from tests.servers.waiting import wait_until

TERMINATE_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class TestBrokenConnections:
    def test_after_a_restart_one_fault_is_the_most_that_a_pool_of_dead_ones_costs(self, engine: Engine) -> None:
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

    def test_a_line_that_is_cut_in_the_middle_of_a_statement_is_a_store_that_is_away(self, engine: Engine) -> None:
        with proxied(_url(engine)) as proxy:
            far = open_engine(proxy.url)
            cut = threading.Thread(target=lambda: (_wait_for_sleeper(engine), proxy.lines[0].cut()))
            cut.start()

            with pytest.raises(Unavailable) as unavailable, transaction(far) as session:
                session.execute(text("SELECT pg_sleep(20)"))

            cut.join(10)
            far.dispose()
        assert not isinstance(unavailable.value, Conflict)

    def test_a_standby_that_takes_no_writes_is_a_store_that_is_away(self, engine: Engine) -> None:
        with pytest.raises(Unavailable), transaction(engine) as session:
            session.execute(text("SET TRANSACTION READ ONLY"))
            session.execute(text("INSERT INTO account (id) VALUES ('a')"))

    def test_a_database_that_is_not_there_is_a_store_that_is_away(self, engine: Engine) -> None:
        nowhere = open_engine(f"{_url(engine)}_nowhere")

        with pytest.raises(Unavailable), transaction(nowhere) as session:
            session.execute(text("SELECT 1"))

    def test_is_reported_in_a_line_without_what_was_asked(self, engine: Engine) -> None:
        impatient = open_engine(_url(engine), statement_timeout_ms=100)

        with pytest.raises(Unavailable) as unavailable, transaction(impatient) as session:
            session.execute(text("SELECT pg_sleep(10), :secret"), {"secret": "somebody@example.org"})
        impatient.dispose()

        assert "\n" not in str(unavailable.value)
        assert "somebody" not in str(unavailable.value)


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


def _url(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _wait_for_sleeper(engine: Engine) -> None:
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'"
        " AND state = 'active' AND pid <> pg_backend_pid()"
    )
    wait_until(lambda: select(_url(engine), query) != [], "it sleeps", limit_s=10)
