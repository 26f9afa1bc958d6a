"""The rights of deploy/postgres/roles.sql: with them everything works, and nobody rewrites what was written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from domain.access.act import Act, actor_of_command
from domain.access.role import Role
from messages.minutes.requests import PackageGrantRequested
from store.engine import Engine, Session, open_engine
from tests.servers.databases import execute, select
from tests.servers.find import FoundPostgres
from tests.workers.events import NOW
from workers.access.operators import invite_operator
from workers.context import Context
from workers.operate import operate
from workers.outcome import Result
from workers.submit import Submission

ROLES = Path(__file__).parents[3] / "deploy" / "postgres" / "roles.sql"


@pytest.fixture(scope="module")
def database(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[str]:
    """The URL of a database in which the rights were given."""
    url = postgres_server.new_database(copy_of=migrated_database)
    execute(url, ROLES.read_text(encoding="utf-8"), ROLES.read_text(encoding="utf-8"))
    execute(url, "CREATE ROLE roles_test LOGIN PASSWORD 'roles_test' IN ROLE billing")
    yield url
    execute(url, "DROP OWNED BY billing", "DROP ROLE roles_test", "DROP ROLE billing")
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def engine(database: str) -> Iterator[Engine]:
    """An engine of the role that processes have."""
    url = make_url(database).set(username="roles_test", password="roles_test")
    opened = open_engine(url.render_as_string(hide_password=False))
    yield opened
    opened.dispose()


class TestRights:
    def test_let_an_operator_work(self, engine: Engine, database: str) -> None:
        context, actor = Context(engine, clock=lambda: NOW), actor_of_command("root")
        invite_operator(context, actor, "rita", Role.OWNER)

        act = Act(actor, "minutes.grant", account_id="anna", reason="an outage")
        data = {"kind": "support", "seconds": 60, "reason": "an outage"}
        done = operate(context, act, Submission(PackageGrantRequested, "anna", data, "", "1"))
        again = operate(context, act, Submission(PackageGrantRequested, "anna", data, "", "1"))

        assert (done.result, again.result) == (Result.APPLIED, Result.REPEATED)
        lines = select(database, "SELECT id, action, source, event_id FROM audit_log ORDER BY id")
        assert lines == [(1, "operator.invite", None, None), (2, "minutes.grant", "operator/root", "1")]

    @pytest.mark.parametrize("table", ["audit_log", "entry"])
    @pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
    def test_refuse_to_rewrite(self, engine: Engine, table: str, statement: str) -> None:
        with Session(engine) as session, pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(text(statement.format(table)))

    @pytest.mark.parametrize(
        "statement",
        [
            "ALTER TABLE audit_log DISABLE TRIGGER USER",
            "DROP TRIGGER audit_log_append_only ON audit_log",
            "TRUNCATE operator CASCADE",
            "SET session_replication_role = replica",
        ],
    )
    def test_refuse_to_switch_what_guards_off(self, engine: Engine, statement: str) -> None:
        with Session(engine) as session, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            session.execute(text(statement))
