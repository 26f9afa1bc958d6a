"""No transaction is open while a gateway is called for a subscription: it would hold locks for as long as that hangs."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg2
import pytest

from tests.doubles.memory import MemoryGateway
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness

_OPEN = """
    SELECT state, query FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
      AND backend_type = 'client backend'
"""


class ProbingGateway(MemoryGateway):
    """A gateway that looks during each of its calls which transactions are open at its caller's database."""

    def __init__(self, database_url: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, list[Any]]] = []
        self._database_url = database_url

    def _call(self, operation: str, key: str | None, content: Hashable, work: Callable[[], Any]) -> Any:
        with closing(psycopg2.connect(self._database_url)) as probe, probe.cursor() as cursor:
            cursor.execute(_OPEN)
            self.seen.append((operation, cursor.fetchall()))
        return super()._call(operation, key, content, work)


@pytest.fixture
def harness(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[SubscriptionHarness]:
    """A harness whose gateway probes the database."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        gateway = ProbingGateway(url)
        harness = SubscriptionHarness(engine, gateway, gateway)
        # With one thread nobody else has a transaction open, and none may be.
        harness.context = replace(harness.context, renewal_threads=1)
        yield harness
    postgres_server.drop_database(url)


class TestWhileAGatewayIsCalled:
    def test_no_transaction_is_open(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        harness.until(harness.row()["period_end"] - HOUR)
        harness.change("large")
        harness.pass_time(timedelta(days=40))
        harness.pass_time(DAY)

        seen = harness.double.seen
        assert {operation for operation, _ in seen} >= {"create_checkout", "fetch", "charge"}
        assert sum(operation == "charge" for operation, _ in seen) >= 3
        assert [(operation, found) for operation, found in seen if found] == []
