"""The roles of deploy/postgres/roles.sql in a database of a test, each with somebody who may sign in by it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.servers.databases import execute

RIGHTS = Path(__file__).parents[2] / "deploy" / "postgres" / "roles.sql"

ROLES = ("billing", "billing_web", "billing_read")


@contextmanager
def with_roles(url: str) -> Iterator[Mapping[str, str]]:
    """
    Give the rights in a database, and the address of it for each role; afterwards no role is left on the server.

    Args:
        url: the database, by its owner.
    """
    rights = RIGHTS.read_text(encoding="utf-8")
    # Twice, as after each migration.
    execute(url, rights, rights)
    for role in ROLES:
        execute(url, f"CREATE ROLE test_{role} LOGIN PASSWORD 'test_{role}' IN ROLE {role}")
    try:
        yield {role: _as(url, f"test_{role}") for role in ROLES}
    finally:
        for role in ROLES:
            execute(url, f"DROP OWNED BY {role}", f"DROP ROLE test_{role}", f"DROP ROLE {role}")


def _as(url: str, name: str) -> str:
    return make_url(url).set(username=name, password=name).render_as_string(hide_password=False)
