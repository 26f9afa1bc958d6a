"""Private servers for all failure tests, and an installation on them for each."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broker.publisher import declare_topology
from messages.queues import DUE, FACTS, INTERNAL, NOTICE, PURCHASE, RECONCILIATION, RENEWAL, WEBHOOK
from store.migrate import migrate
from tests.failure.installation import OUR_QUEUES, Installation
from tests.failure.listener import Listener, declare, purge
from tests.servers.databases import close_database
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.rabbitmq_cluster import PrivateRabbitCluster

_HEARD = "heard-facts"
_REMINDED = "heard-reminders"
_TEMPLATE = "template_failure"
_PAYMENT_QUEUES = [
    f"{queue}{end}" for queue in (PURCHASE, WEBHOOK, RECONCILIATION, RENEWAL, NOTICE) for end in ("", ".DQ", ".XQ")
]

# What it finds is shown as an assertion of a test's own would be.
pytest.register_assert_rewrite("tests.failure.settled")


@pytest.fixture(scope="package", autouse=True)
def quiet_pika() -> Iterator[None]:
    """Leave out what pika has to say of each lost connection: losing them is what these tests are about."""
    logger = logging.getLogger("pika")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


@pytest.fixture(scope="package")
def postgres() -> Iterator[PrivatePostgres]:
    """A private PostgreSQL with a migrated database to be copied."""
    with PrivatePostgres() as server:
        migrate(server.new_database(_TEMPLATE))
        close_database(server.url, _TEMPLATE)
        yield server


@pytest.fixture(scope="package")
def rabbit() -> Iterator[PrivateRabbit]:
    """A private RabbitMQ with our queues and those of our listeners, all of them on disk."""
    with PrivateRabbit() as server:
        _declare_queues(server)
        for queue in (DUE, NOTICE, RECONCILIATION, RENEWAL):
            declare(server.url, queue=_REMINDED, exchange=INTERNAL, routing_key=queue)
        server.sync()
        yield server


@pytest.fixture(scope="package")
def cluster() -> Iterator[PrivateRabbitCluster]:
    """Three private RabbitMQ nodes, each with a member of our queues and of our listener's, all of them on disk."""
    with PrivateRabbitCluster() as nodes:
        _declare_queues(nodes)
        nodes.sync()
        yield nodes


@pytest.fixture
def servers(postgres: PrivatePostgres, rabbit: PrivateRabbit) -> tuple[PrivatePostgres, PrivateRabbit]:
    """Both servers, running, whatever a test before has done to them; the queues are empty."""
    postgres.start()
    rabbit.start()
    purge(rabbit.url, [*OUR_QUEUES, *_PAYMENT_QUEUES, _HEARD, _REMINDED])
    return postgres, rabbit


@pytest.fixture
def facts(servers: tuple[PrivatePostgres, PrivateRabbit]) -> Iterator[Listener]:
    """A subscriber of every fact."""
    yield from _listening(servers[1], _HEARD)


@pytest.fixture
def reminders(servers: tuple[PrivatePostgres, PrivateRabbit]) -> Iterator[Listener]:
    """Somebody who hears every reminder beside the workers."""
    yield from _listening(servers[1], _REMINDED)


@pytest.fixture
def installation(
    servers: tuple[PrivatePostgres, PrivateRabbit], facts: Listener, tmp_path: Path
) -> Iterator[Installation]:
    """An installation without processes; those that a test starts end with it."""
    with _installed(*servers, facts, tmp_path) as installed:
        yield installed


@pytest.fixture
def clustered(postgres: PrivatePostgres, cluster: PrivateRabbitCluster, tmp_path: Path) -> Iterator[Installation]:
    """The same on the cluster, all of whose nodes run."""
    postgres.start()
    cluster.start()
    purge(cluster.url, [*OUR_QUEUES, *_PAYMENT_QUEUES, _HEARD])
    for facts in _listening(cluster, _HEARD):
        with _installed(postgres, cluster, facts, tmp_path) as installed:
            yield installed


@contextmanager
def _installed(
    postgres: PrivatePostgres, rabbit: PrivateRabbit | PrivateRabbitCluster, facts: Listener, folder: Path
) -> Iterator[Installation]:
    url = postgres.new_database(f"test_{uuid.uuid4().hex}", _TEMPLATE)
    installed = Installation(url, postgres, rabbit, facts, folder)
    yield installed
    installed.remove()
    # pytest shows this only with a test that failed.
    for process in installed.processes:
        print(process.last_words())


def _declare_queues(rabbit: PrivateRabbit | PrivateRabbitCluster) -> None:
    declare_topology(rabbit.url)
    declare(rabbit.url, queue=_HEARD, exchange=FACTS, routing_key="#")


def _listening(rabbit: PrivateRabbit | PrivateRabbitCluster, queue: str) -> Iterator[Listener]:
    listener = Listener(rabbit.url, queue=queue)
    listener.start()
    yield listener
    listener.stop()
