"""Private servers for one run, set up alike for every contest."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbit

POSTGRES = {
    # Durable as in production: every commit reaches the disk before it is acknowledged.
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
}


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of one run."""

    postgres: PrivatePostgres
    rabbit: PrivateRabbit


@contextmanager
def servers() -> Iterator[Servers]:
    """Start PostgreSQL and RabbitMQ, and end them afterwards."""
    with PrivatePostgres(POSTGRES) as postgres, PrivateRabbit() as rabbit:
        yield Servers(postgres, rabbit)
