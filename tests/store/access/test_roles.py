"""The rights of deploy/postgres/roles.sql: with them everything works, and nobody rewrites what was written."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from domain.access.act import Act, actor_of_command
from domain.access.role import Role
from messages.minutes.requests import PackageGrantRequested
from store.access.read_operators import list_operators
from store.engine import Engine, Session, open_engine
from store.reading import reading
from store.statistics.state import hidden_writers, oldest_open
from store.tables import metadata
from tests.servers.databases import execute, select
from tests.servers.find import FoundPostgres
from tests.servers.roles import ROLES, with_roles
from tests.workers.events import NOW
from workers.access.operators import invite_operator
from workers.context import Context
from workers.operate import operate
from workers.outcome import Result
from workers.statistics.count import count_statistics
from workers.submit import Submission

WRITERS = ("billing", "billing_web")

ANYTHING = "permission denied"


@pytest.fixture(scope="module")
def database(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[str]:
    """The URL of a database, by its owner."""
    url = postgres_server.new_database(copy_of=migrated_database)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def engines(database: str) -> Iterator[Mapping[str, Engine]]:
    """An engine of each role that processes have."""
    with with_roles(database) as addresses:
        opened = {role: open_engine(url) for role, url in addresses.items()}
        yield opened
        for engine in opened.values():
            engine.dispose()


def refuses(engine: Engine, statement: str, *, match: str = ANYTHING) -> None:
    """Expect that a role may not do something."""
    with Session(engine) as session, pytest.raises(ProgrammingError, match=match):
        session.execute(text(statement))


def ordinary_column(table: str) -> str:
    """A column that PostgreSQL does not fill by itself, which it would refuse before it asks for rights."""
    columns = metadata.tables[table].c
    return next(each.name for each in columns if each.identity is None and each.computed is None)


class TestRights:
    @pytest.mark.parametrize("role", WRITERS)
    def test_let_a_campaign_be_counted_by_whoever_makes_it(self, engines: Mapping[str, Engine], role: str) -> None:
        analyzed = "SELECT coalesce(max(last_analyze), '-infinity') FROM pg_stat_user_tables WHERE relname = 'campaign_account'"
        with engines[role].connect() as session:
            before = session.scalar(text(analyzed))
            session.execute(text("ANALYZE campaign_account"))
            session.execute(text("SELECT pg_stat_force_next_flush()"))
            session.commit()

            assert session.scalar(text(analyzed)) > before

    @pytest.mark.parametrize("role", WRITERS)
    def test_let_an_operator_work(self, engines: Mapping[str, Engine], database: str, role: str) -> None:
        context, actor = Context(engines[role], clock=lambda: NOW), actor_of_command(role)
        invite_operator(context, actor, f"rita.{role}", Role.OWNER)

        act = Act(actor, "minutes.grant", account_id="anna", reason="an outage")
        data = {"kind": "support", "seconds": 60, "reason": "an outage"}
        done = operate(context, act, Submission(PackageGrantRequested, "anna", data, "", "1"))
        again = operate(context, act, Submission(PackageGrantRequested, "anna", data, "", "1"))

        assert (done.result, again.result) == (Result.APPLIED, Result.REPEATED)
        lines = select(database, f"SELECT action, source, event_id FROM audit_log WHERE name = '{role}' ORDER BY id")
        assert lines == [("operator.invite", None, None), ("minutes.grant", f"operator/{role}", "1")]

    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("table", ["audit_log", "entry", "price_change"])
    @pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
    def test_refuse_to_rewrite(self, engines: Mapping[str, Engine], role: str, table: str, statement: str) -> None:
        column = ordinary_column(table)

        refuses(engines[role], statement.format(table, column, column))

    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize(
        "statement",
        [
            "ALTER TABLE audit_log DISABLE TRIGGER USER",
            "DROP TRIGGER audit_log_append_only ON audit_log",
            "TRUNCATE operator CASCADE",
            "SET session_replication_role = replica",
            "UPDATE alembic_version SET version_num = version_num",
            "CREATE TABLE audit_log_of_mine (id integer)",
            "SET ROLE postgres",
        ],
    )
    def test_refuse_to_switch_what_guards_off(self, engines: Mapping[str, Engine], role: str, statement: str) -> None:
        refuses(engines[role], statement, match=r"permission denied|must be owner")

    @pytest.mark.parametrize("table", sorted(metadata.tables))
    @pytest.mark.parametrize("role", ROLES)
    def test_let_nobody_empty_a_table(self, engines: Mapping[str, Engine], role: str, table: str) -> None:
        refuses(engines[role], f"TRUNCATE {table} CASCADE")


class TestTheWeb:
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM orders",
            "DELETE FROM account",
            "DELETE FROM inbox",
            "DELETE FROM package",
            "DELETE FROM operator",
            "DELETE FROM dead_letter",
            "DELETE FROM outbox",
            "UPDATE outbox SET refused_at = NULL",
            "UPDATE bucket_money SET gross_minor = 0",
            "INSERT INTO day_money DEFAULT VALUES",
            "UPDATE statistics_state SET zone = zone",
            "UPDATE due_run SET job = job",
            "DELETE FROM scheduler_slot",
        ],
    )
    def test_cannot_touch_what_is_for_workers(self, engines: Mapping[str, Engine], statement: str) -> None:
        refuses(engines["billing_web"], statement)


class TestCounting:
    """A worker has to see the transactions of the web, or it would count without what they are about to book."""

    def test_waits_for_what_the_web_has_open(self, engines: Mapping[str, Engine]) -> None:
        with Session(engines["billing_web"]) as web, Session(engines["billing"]) as worker:
            web.execute(text("SELECT now()"))

            assert hidden_writers(worker) == ()
            assert oldest_open(worker) is not None

    def test_counts_nothing_where_it_cannot_see_them(
        self, engines: Mapping[str, Engine], database: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        execute(database, "REVOKE pg_read_all_stats FROM billing")
        context = Context(engines["billing"], clock=lambda: datetime.now(UTC) + timedelta(days=1))
        before = select(database, "SELECT minutes_until FROM statistics_state")
        with Session(engines["billing_web"]) as web, Session(engines["billing_read"]) as reader:
            web.execute(text("SELECT now()"))
            reader.execute(text("SELECT now()"))

            counted = count_statistics(context)

        assert (counted["minutes"], counted["activity"]) == (0, 0)
        assert select(database, "SELECT minutes_until FROM statistics_state") in (before, [(None,)])
        assert "since when transactions of test_billing_web are open" in caplog.text
        execute(database, "GRANT pg_read_all_stats TO billing")
        assert count_statistics(context)["minutes"] > 0

    def test_waits_for_nobody_who_is_only_connected(self, engines: Mapping[str, Engine], database: str) -> None:
        execute(database, "REVOKE pg_read_all_stats FROM billing")
        with Session(engines["billing_web"]) as web, Session(engines["billing"]) as worker:
            web.execute(text("SELECT now()"))
            web.commit()

            connected = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'test_billing_web'"
            assert worker.execute(text(connected)).scalar_one() > 0
            assert hidden_writers(worker) == ()
            web.execute(text("SELECT now()"))
            worker.rollback()
            assert hidden_writers(worker) == ("test_billing_web",)
        execute(database, "GRANT pg_read_all_stats TO billing")


class TestReaders:
    @pytest.mark.parametrize("table", sorted(metadata.tables))
    def test_write_nothing(self, engines: Mapping[str, Engine], table: str) -> None:
        column = ordinary_column(table)

        for statement in (f"INSERT INTO {table} DEFAULT VALUES", f"UPDATE {table} SET {column} = NULL"):
            refuses(engines["billing_read"], statement)
        refuses(engines["billing_read"], f"DELETE FROM {table}")

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT sha256 FROM token",
            "SELECT token_hash FROM operator_session",
            "SELECT token_hash FROM portal_session",
            "SELECT code_hash FROM recovery_code",
            "SELECT password_hash FROM operator",
            "SELECT totp_secret FROM operator",
            "SELECT * FROM operator",
            "SELECT * FROM saved_method",
            "SELECT * FROM passkey",
            "SELECT * FROM webhook",
            "SELECT content FROM notice",
            "SELECT body FROM outbox",
            "SELECT body FROM dead_letter",
        ],
    )
    def test_see_nothing_by_which_somebody_could_come_in_or_pay(
        self, engines: Mapping[str, Engine], query: str
    ) -> None:
        refuses(engines["billing_read"], query)

    def test_see_who_operators_are(self, engines: Mapping[str, Engine]) -> None:
        context = Context(engines["billing"], clock=lambda: NOW)
        invite_operator(context, actor_of_command("root"), "rosa", Role.VIEWER)

        with reading(engines["billing_read"]) as session:
            assert ("rosa", "viewer") in [(line.name, line.role) for line in list_operators(session)]
