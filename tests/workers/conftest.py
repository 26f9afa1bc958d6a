"""A database that the tests of one file share, each with an account of its own; at the end it is audited."""

from collections.abc import Iterator

import pytest

from store.engine import Engine
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import MinutesHarness, audited


@pytest.fixture(scope="module")
def shared_engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """The engine of the shared database."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        yield engine
    postgres_server.drop_database(url)


@pytest.fixture
def harness(shared_engine: Engine) -> MinutesHarness:
    """A harness with an account that nobody has named yet."""
    return MinutesHarness(shared_engine)


@pytest.fixture
def own_harness(database_url: str) -> Iterator[MinutesHarness]:
    """A harness with a database of its own, for a test that changes the schema or polls at all of it."""
    with audited(database_url) as engine:
        yield MinutesHarness(engine)
