"""A PostgreSQL of the year's own."""

from collections.abc import Iterator

import pytest

from tests.failure.conftest import serve_postgres
from tests.servers.postgres import PrivatePostgres


@pytest.fixture(scope="package")
def postgres() -> Iterator[PrivatePostgres]:
    """
    A private PostgreSQL that does not wait for the disk.

    In a year processes fall and the machine does not, so what was handed to the system is there afterwards; waiting
    for the disk at each of some hundred thousand commits would be most of the year.
    """
    yield from serve_postgres({"fsync": "off"})
