"""Tests get a server from where they should, or a sentence that helps."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from tests.servers.databases import execute, select
from tests.servers.find import FoundRabbit, UnableToFindServer, find_postgres, find_rabbit
from tests.servers.free_ports import ReservedPort
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.rabbitmq_programs import RabbitPrograms, UnableToFindRabbitPrograms
from tests.servers.waiting import UnableToWait, wait_until

Find = Callable[[dict[str, str]], AbstractContextManager[object]]


class TestFinding:
    def test_takes_postgres_from_the_environment_and_drops_what_it_made(self, postgres: PrivatePostgres) -> None:
        names = "SELECT datname FROM pg_database ORDER BY datname"
        before = select(postgres.url, names)
        url = postgres.url.replace("postgresql://", "postgresql+psycopg2://")

        with find_postgres({"DATABASE_URL": "elsewhere", "TEST_DATABASE_URL": url}) as found:
            original = found.new_database()
            execute(original, "CREATE TABLE fact (id int)")
            found.close_database(original)
            copy = found.new_database(copy_of=original)
            assert select(copy, "SELECT count(*) FROM fact") == [(0,)]

        assert (found.url, found.how) == (postgres.url, "environment")
        assert select(postgres.url, names) == before

    def test_takes_rabbit_from_the_environment(self, rabbit: PrivateRabbit) -> None:
        with find_rabbit({"AMQP_URL": rabbit.url}) as found:
            assert found == FoundRabbit(rabbit.url, "environment")

    @pytest.mark.parametrize(
        ("find", "variable", "scheme"),
        [
            (find_postgres, "DATABASE_URL", "postgresql"),
            (find_postgres, "TEST_DATABASE_URL", "postgres"),
            (find_rabbit, "AMQP_URL", "amqp"),
            (find_rabbit, "TEST_AMQP_URL", "amqp"),
        ],
    )
    def test_names_the_variable_that_leads_nowhere(
        self,
        find: Find,
        variable: str,
        scheme: str,
    ) -> None:
        port = ReservedPort()
        url = f"{scheme}://billing:secret@127.0.0.1:{port.number}/billing"

        with pytest.raises(UnableToFindServer, match=f"^{variable} .* refused") as caught:
            find({variable: url}).__enter__()

        port.release()
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(("find", "variable"), [(find_postgres, "DATABASE_URL"), (find_rabbit, "AMQP_URL")])
    def test_does_not_show_the_password_of_a_misspelt_url(self, find: Find, variable: str) -> None:
        with pytest.raises(UnableToFindServer, match="this is no") as caught:
            find({variable: "htp://billing:secret@127.0.0.1/"}).__enter__()

        assert "secret" not in str(caught.value)

    def test_says_how_to_get_rabbit(self, tmp_path: Path) -> None:
        with pytest.raises(UnableToFindRabbitPrograms, match="apt-get install rabbitmq-server"):
            RabbitPrograms.find(usual_folders=(), path=str(tmp_path))


class TestDatabaseUrl:
    def test_is_migrated(self, database_url: str) -> None:
        assert len(select(database_url, "SELECT version_num FROM alembic_version")) == 1

    @pytest.mark.parametrize("turn", ["first", "second"])
    def test_is_fresh_for_each_test(self, database_url: str, turn: str) -> None:
        # Fails at the second turn if that sees what the first has left behind.
        execute(database_url, "CREATE TABLE left_behind (id int)")

        assert select(database_url, "SELECT count(*) FROM left_behind") == [(0,)]


class TestReservedPort:
    def test_is_kept_from_everybody_else_until_released(self) -> None:
        port = ReservedPort()

        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as rival:
            with pytest.raises(OSError, match="in use"):
                rival.bind(("127.0.0.1", port.number))
            port.release()
            rival.bind(("127.0.0.1", port.number))


class TestWaiting:
    def test_ends_at_its_limit(self) -> None:
        with pytest.raises(UnableToWait, match=r"\d+\.\d s in vain until pigs fly"):
            wait_until(lambda: False, "pigs fly", limit_s=0.1)
