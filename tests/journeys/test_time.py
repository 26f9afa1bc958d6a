"""Time goes by on a test clock, while the processes run: a package is warned of, ends, and is booked."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.publisher import declare_topology
from messages.queues import DUE, NOTICE
from tests.broker.queues import purge
from tests.journeys.billing import Billing
from tests.servers.databases import select
from tests.servers.find import FoundRabbit
from tests.servers.waiting import wait_until


@pytest.fixture
def billing(database_url: str, rabbit_server: FoundRabbit, tmp_path: Path) -> Billing:
    """The commands of an installation on a test clock."""
    declare_topology(rabbit_server.url)
    purge(rabbit_server.url, DUE, NOTICE)
    clock = str(tmp_path / "clock")
    return Billing({"DATABASE_URL": database_url, "AMQP_URL": rabbit_server.url, "BILLING_CLOCK": clock})


class TestTime:
    def test_goes_by_in_every_process_at_once(self, billing: Billing, database_url: str) -> None:
        ends_at = datetime.now(UTC) + timedelta(days=9)
        granted = billing("grant", "time", "--minutes", "10", "--expires-at", ends_at.isoformat())
        assert granted.returncode == 0

        with billing.running("scheduler"), billing.running("worker"), billing.running("relay"):
            self.move(billing, "+2d 01:00")
            self.wait_for(database_url, "SELECT 1 FROM notice WHERE kind = 'package_expiring' AND subject LIKE '%:7'")
            self.move(billing, "+6d")
            self.wait_for(database_url, "SELECT 1 FROM notice WHERE kind = 'package_expiring' AND subject LIKE '%:1'")
            assert billing.json("balance", "time")["available_seconds"] == 600
            self.move(billing, "+1d")
            self.wait_for(database_url, "SELECT 1 FROM notice WHERE kind = 'package_expired'")
            assert billing.json("balance", "time")["available_seconds"] == 0
            self.move(billing, "+4d")
            self.wait_for(database_url, "SELECT 1 FROM entry WHERE kind = 'expire' AND seconds = -600")

        jobs = {job["job"]: job for job in billing.json("scheduler", "show")}
        assert jobs["expiry-sweep"]["outcome"] == "done"
        assert datetime.fromisoformat(jobs["compare-totals"]["claimed_slot"]) > ends_at
        assert billing.json("audit")["holds"] is True
        # Late by no day: each warning was owed on the clock's own day.
        owed = select(database_url, "SELECT owed_at FROM notice WHERE kind::text LIKE 'package_%' ORDER BY owed_at")
        assert [(ends_at - at).days for (at,) in owed] == [6, 0, -1]

    def move(self, billing: Billing, by: str) -> Any:
        """Let time go by."""
        moved = billing("clock", "move", by, "--json")
        assert moved.returncode == 0, moved.stderr
        return json.loads(moved.stdout)

    def wait_for(self, database_url: str, query: str) -> None:
        """Return when a query finds something."""
        wait_until(lambda: bool(select(database_url, query)), query, limit_s=60)
