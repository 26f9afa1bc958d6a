"""A migrated database for the tests of one file, emptied after each test."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from store.engine import Engine, open_engine
from store.tables import metadata
from store.transaction import transaction
from tests.servers.find import FoundPostgres

# Ten times as fast as TRUNCATE, which makes every table and index a new file. The ledger refuses this, so its guard is
# set aside; all in one transaction.
_EMPTY = text(
    "; ".join(
        (
            "ALTER TABLE entry DISABLE TRIGGER entry_append_only",
            *(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)),
            "ALTER TABLE entry ENABLE TRIGGER entry_append_only",
        )
    )
)


@pytest.fixture(scope="module")
def shared_engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """The engine of a migrated database that the tests of one file share."""
    url = postgres_server.new_database(copy_of=migrated_database)
    opened = open_engine(url)
    yield opened
    opened.dispose()
    postgres_server.drop_database(url)


@pytest.fixture
def engine(shared_engine: Engine) -> Iterator[Engine]:
    """The engine of a database with nothing in it."""
    yield shared_engine
    with transaction(shared_engine) as session:
        session.execute(_EMPTY)
