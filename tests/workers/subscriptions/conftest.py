"""A sandbox gateway over HTTP, and an account that subscribes through it, in a database of its own."""

from collections.abc import Iterator

import pytest

from gateways.sandbox import open_gateway
from gateways.settings import GatewaySettings
from store.engine import Engine
from tests.doubles.memory import MemoryGateway
from tests.doubles.sandbox.double import SandboxDouble
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from tests.workers.subscriptions.harness import SubscriptionHarness


@pytest.fixture
def double() -> Iterator[SandboxDouble]:
    """A sandbox that nobody has called yet."""
    with SandboxDouble() as serving:
        yield serving


@pytest.fixture
def harness(
    postgres_server: FoundPostgres, migrated_database: str, double: SandboxDouble
) -> Iterator[SubscriptionHarness]:
    """A harness whose gateway is the sandbox; at the end the audit must hold."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        yield SubscriptionHarness(engine, open_gateway(GatewaySettings("SANDBOX_", double.settings())), double)
    postgres_server.drop_database(url)


@pytest.fixture
def engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """A database of its own, audited at the end."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as opened:
        yield opened
    postgres_server.drop_database(url)


@pytest.fixture
def memory() -> MemoryGateway:
    """A gateway in the process."""
    return MemoryGateway("memory")


@pytest.fixture
def subscribed(engine: Engine, memory: MemoryGateway) -> SubscriptionHarness:
    """An account that is subscribed through the gateway in the process."""
    harness = SubscriptionHarness(engine, memory, memory)
    harness.subscribed()
    return harness
