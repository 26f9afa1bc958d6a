"""The API on a database that the tests of one file share; at the end it is audited."""

from collections.abc import Iterator

import pytest

from store.engine import Engine
from tests.asgi.running import running
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from web.api.app import create_api
from workers.context import Context


@pytest.fixture(scope="module")
def database(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[str]:
    """The URL of the shared database."""
    url = postgres_server.new_database(copy_of=migrated_database)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def engine(database: str) -> Iterator[Engine]:
    """The engine of the shared database."""
    with audited(database) as opened:
        yield opened


@pytest.fixture(scope="module")
def api(engine: Engine) -> Iterator[str]:
    """The address of a running API."""
    with running(create_api(Context(engine))) as url:
        yield url
