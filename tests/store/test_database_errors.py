"""What counts as "the database is away", one error after the other, on a real server."""

from typing import Any

import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from messages.errors import Unavailable, Unstorable
from store.engine import Engine, UnableToConnect, open_engine
from store.errors import Conflict, is_away
from store.reading import reading
from store.transaction import transaction
from tests.servers.databases import execute
from tests.servers.postgres import PrivatePostgres

RAISE = "DO $$ BEGIN RAISE EXCEPTION 'as a test wants' USING ERRCODE = '{state}'; END $$"

AWAY = {
    "53000": "insufficient resources",
    "53100": "disk full",
    "53200": "out of memory",
    "53300": "too many connections",
    "57014": "query cancelled",
    "57P01": "admin shutdown",
    "57P03": "cannot connect now",
    "58000": "system error",
    "58030": "io error",
    "25006": "read-only",
    "25P03": "idle in transaction for too long",
    "08006": "connection failure",
    "42501": "no right",
    "42P01": "no such table",
    "42703": "no such column",
    "42704": "no such type",
    "42P10": "no such unique index",
}


class TestUnavailable:
    @pytest.mark.parametrize("state", AWAY, ids=lambda state: f"{state} {AWAY[state]}")
    def test_is_what_says_nothing_about_the_message(self, engine: Engine, state: str) -> None:
        with pytest.raises(Unavailable), transaction(engine) as session:
            session.execute(text(RAISE.format(state=state)))

    @pytest.mark.parametrize("state", ["22012", "23505", "23514", "22P05", "XX000", "P0001"])
    def test_is_no_bug_of_ours_and_no_bad_value(self, engine: Engine, state: str) -> None:
        with pytest.raises(Exception, match="as a test wants") as raised, transaction(engine) as session:
            session.execute(text(RAISE.format(state=state)))

        assert not isinstance(raised.value, Unavailable)

    @pytest.mark.parametrize("odd", ["a\0b", "half a character: \ud83d"])
    @pytest.mark.parametrize("opened", [reading, transaction])
    def test_is_no_text_that_cannot_be_stored(self, engine: Engine, opened: Any, odd: str) -> None:
        with pytest.raises(Unstorable, match="cannot be stored"), opened(engine) as session:
            session.execute(text("SELECT CAST(:odd AS text)"), {"odd": odd})

    @pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
    def test_is_a_conflict_where_the_same_transaction_may_succeed_at_once(self, engine: Engine, state: str) -> None:
        with pytest.raises(Conflict), transaction(engine) as session:
            session.execute(text(RAISE.format(state=state)))

    def test_names_a_set_up_that_is_wrong(self, database_url: str) -> None:
        execute(database_url, "CREATE ROLE nobody_here LOGIN; REVOKE ALL ON account FROM PUBLIC")
        engine = open_engine(database_url)

        with (
            pytest.raises(Unavailable, match="not set up for this program: permission denied"),
            reading(engine) as session,
        ):
            session.execute(text("SET LOCAL ROLE nobody_here"))
            session.execute(text("SELECT * FROM account"))

        engine.dispose()
        execute(database_url, "DROP ROLE nobody_here")

    def test_is_a_schema_that_does_not_know_a_value_yet(self, engine: Engine) -> None:
        with pytest.raises(Unavailable, match="run `billing migrate`"), transaction(engine) as session:
            session.execute(text("SELECT CAST('screph.of_the_next_release.v1' AS message_type)"))

    @pytest.mark.parametrize("type_", ["integer", "uuid", "json"])
    def test_is_no_value_that_is_none_of_another_type(self, engine: Engine, type_: str) -> None:
        with pytest.raises(DataError), transaction(engine) as session:
            session.execute(text(f"SELECT CAST('nonsense' AS {type_})"))

    def test_says_nothing_without_a_state(self) -> None:
        assert not is_away(None)


class TestReadOnlyServer:
    """A primary that became a standby lives on; its connections must not stay in the pool."""

    def test_is_left_for_the_next_connection(self, database_url: str) -> None:
        engine = open_engine(database_url, pool_size=1)
        with transaction(engine) as session:
            before = session.execute(text("SELECT pg_backend_pid()")).scalar_one()

        with pytest.raises(Unavailable, match="read-only"), transaction(engine) as session:
            session.execute(text("SET LOCAL transaction_read_only = on"))
            session.execute(text("INSERT INTO scheduler_slot (job, slot) VALUES ('a', now())"))
        with transaction(engine) as session:
            after = session.execute(text("SELECT pg_backend_pid()")).scalar_one()

        assert after != before
        engine.dispose()

    def test_is_passed_over_where_the_address_names_several_hosts(self) -> None:
        with PrivatePostgres({"default_transaction_read_only": "on"}) as old, PrivatePostgres() as new:
            hosts = ",".join(_host(server.url) for server in (old, new))
            engine = open_engine(f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write")

            with transaction(engine) as session:
                port = session.execute(text("SELECT inet_server_port()")).scalar_one()

            assert _host(new.url).endswith(f":{port}")
            engine.dispose()


class TestAddress:
    @pytest.mark.parametrize("url", ["nonsense", "postgresql://[::1", "postgresql://host/db?nothing=1"])
    def test_that_cannot_be_read_is_refused_in_a_sentence(self, url: str) -> None:
        with pytest.raises(UnableToConnect, match="is not one such as postgresql://"):
            open_engine(url)


def _host(url: str) -> str:
    parts = psycopg2.extensions.parse_dsn(url)
    return f"{parts['host']}:{parts['port']}"
