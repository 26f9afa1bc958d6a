"""What compose.yaml gives each service: the role in PostgreSQL that it needs, and nobody else's password."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url

from store.engine import open_engine
from tests.servers.databases import execute, select
from tests.servers.find import FoundPostgres
from tests.servers.postgres_programs import PostgresPrograms
from workers.context import Context
from workers.statistics.count import count_statistics

REPOSITORY = Path(__file__).parents[2]
POSTGRES = REPOSITORY / "deploy" / "postgres"
LOGINS = {"billing_app": "billing", "billing_pages": "billing_web", "billing_figures": "billing_read"}
PASSWORDS = {
    "POSTGRES_PASSWORD": "billing_owner",
    "POSTGRES_APP_PASSWORD": "billing_app",
    "POSTGRES_PAGES_PASSWORD": "billing_pages",
    "POSTGRES_FIGURES_PASSWORD": "billing_figures",
}


def services() -> dict[str, Any]:
    """The services of compose.yaml."""
    found: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    return found


def role_in(address: str) -> str:
    """The role in an address, whose password is the one of that role."""
    found = re.fullmatch(r"postgresql://(\w+):\$\{(\w+):-development-only\}@postgres:5432/billing", address)
    assert found is not None, address
    assert PASSWORDS[found[2]] == found[1]
    return found[1]


class TestServices:
    def test_have_each_the_role_that_they_need(self) -> None:
        environments = {name: one.get("environment", {}) for name, one in services().items()}
        roles = {name: role_in(one["DATABASE_URL"]) for name, one in environments.items() if "DATABASE_URL" in one}

        assert roles == {
            "migrate": "billing_owner",
            "worker": "billing_app",
            "relay": "billing_app",
            "scheduler": "billing_app",
            "metrics": "billing_app",
            "web": "billing_pages",
            "admin": "billing_pages",
        }
        assert role_in(environments["admin"]["DATABASE_READ_URL"]) == "billing_figures"
        assert environments["rights"]["PGUSER"] == environments["postgres"]["POSTGRES_USER"] == "billing_owner"

    @pytest.mark.parametrize("service", ["migrate", "worker", "relay", "scheduler", "metrics", "web", "admin"])
    def test_have_no_password_but_that_of_their_address_whatever_stands_in_their_env_file(self, service: str) -> None:
        environment = services()[service]["environment"]

        assert {environment[name] for name in PASSWORDS} == {""}

    def test_begin_once_rights_are_given_after_the_migration(self) -> None:
        found = services()
        waiting = {name for name, one in found.items() if "rights" in one.get("depends_on", {})}

        assert waiting == {"worker", "relay", "scheduler", "metrics", "web", "admin"}
        assert list(found["rights"]["depends_on"]) == ["migrate"]
        assert found["rights"]["volumes"] == ["./deploy/postgres:/etc/billing:ro"]


class TestRights:
    @pytest.fixture
    def database(self, postgres_server: FoundPostgres, migrated_database: str) -> Iterator[str]:
        """A database, by its owner; the roles are gone afterwards, for they are the server's."""
        url = postgres_server.new_database(copy_of=migrated_database)
        yield url
        for login, role in LOGINS.items():
            execute(url, f"DROP ROLE {login}", f"DROP OWNED BY {role}", f"DROP ROLE {role}")
        postgres_server.drop_database(url)

    def test_let_each_sign_in_with_its_present_password_and_its_role(self, database: str) -> None:
        for number in (1, 2):
            give_rights(database, number)

        for login, role in LOGINS.items():
            address = make_url(database).set(username=login, password=f"{login}-2")
            url = address.render_as_string(hide_password=False)
            assert select(url, f"SELECT current_user, pg_has_role('{role}', 'USAGE')") == [(login, True)]
            owned = f"SELECT count(*) FROM pg_tables WHERE tableowner IN ('{login}', '{role}')"
            assert select(url, owned) == [(0,)]
        engine = open_engine(make_url(database).set(username="billing_app").render_as_string(hide_password=False))
        assert count_statistics(Context(engine)) is not None
        engine.dispose()


def give_rights(database: str, number: int) -> None:
    """Do what the service `rights` does, with passwords of a number."""
    [program, *words] = services()["rights"]["command"]
    address = make_url(database)
    environment = {
        "PGHOST": str(address.host),
        "PGPORT": str(address.port),
        "PGUSER": str(address.username),
        "PGPASSWORD": address.password or "",
        "PGDATABASE": str(address.database),
    } | {name: f"{login}-{number}" for name, login in PASSWORDS.items()}
    subprocess.run(
        [PostgresPrograms.find().folder / program, *(each.replace("/etc/billing", str(POSTGRES)) for each in words)],
        env=os.environ | environment,
        check=True,
        capture_output=True,
    )
