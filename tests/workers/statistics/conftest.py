"""Accounts that subscribe, each in a database of its own whose books are audited in the end."""

from collections.abc import Iterator

import pytest

from gateways.sandbox import open_gateway
from gateways.settings import GatewaySettings
from store.engine import Engine
from tests.doubles.memory import MemoryGateway
from tests.doubles.sandbox.double import SandboxDouble
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from tests.workers.statistics.by_hand import ZONES, Life
from tests.workers.statistics.by_hand_history import HISTORY, NIGHTS
from tests.workers.subscriptions.harness import SubscriptionHarness

pytest.register_assert_rewrite("tests.workers.statistics.by_hand_money", "tests.workers.statistics.by_hand_use")


@pytest.fixture
def subscribers(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """A database of its own, audited at the end."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as opened:
        yield opened
    postgres_server.drop_database(url)


@pytest.fixture
def subscribed(subscribers: Engine) -> SubscriptionHarness:
    """An account that is subscribed through the gateway in the process."""
    memory = MemoryGateway("memory")
    harness = SubscriptionHarness(subscribers, memory, memory)
    harness.subscribed()
    return harness


@pytest.fixture
def double() -> Iterator[SandboxDouble]:
    """A sandbox that nobody has called yet."""
    with SandboxDouble() as serving:
        yield serving


@pytest.fixture
def declining(subscribers: Engine, double: SandboxDouble) -> SubscriptionHarness:
    """An account whose charges can be declined, by a gateway that brings money."""
    gateway = open_gateway(GatewaySettings("SANDBOX_", double.settings()))
    gateway.name = "bank"
    return SubscriptionHarness(subscribers, gateway, double)


@pytest.fixture(scope="module", params=ZONES)
def life(request: pytest.FixtureRequest, postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Life]:
    """The history, lived and counted in the nights of a zone; its books hold in the end."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        lived = Life(engine, request.param)
        lived.live(HISTORY, NIGHTS)
        yield lived
    postgres_server.drop_database(url)
