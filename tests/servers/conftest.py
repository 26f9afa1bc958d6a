"""Private servers for the tests of the servers themselves."""

from collections.abc import Iterator

import pytest

from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbit


@pytest.fixture(scope="package")
def postgres() -> Iterator[PrivatePostgres]:
    """A private PostgreSQL for the tests of the servers themselves."""
    with PrivatePostgres() as server:
        yield server


@pytest.fixture(scope="package")
def rabbit() -> Iterator[PrivateRabbit]:
    """A private RabbitMQ for the tests of the servers themselves."""
    with PrivateRabbit() as server:
        yield server
