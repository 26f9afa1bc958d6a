"""Heartbeats: a process is seen while it lives, and forgotten when it ends."""

import threading
from datetime import timedelta

from store.processes import Process, save_process
from store.transaction import transaction
from tests.servers.waiting import wait_until
from tests.workers.events import NOW
from tests.workers.minutes.harness import MinutesHarness
from workers.heartbeat import start_heartbeat


def seen(harness: MinutesHarness) -> list[str]:
    """What runs as what."""
    return [row["kind"] for row in harness.select("SELECT kind FROM process ORDER BY kind")]


class TestHeartbeat:
    def test_is_there_while_the_process_lives_and_goes_with_it(self, own_harness: MinutesHarness) -> None:
        stopping = threading.Event()

        start_heartbeat(own_harness.engine, stopping, lambda: NOW, "relay")
        wait_until(lambda: seen(own_harness) == ["relay"], "the process is seen", limit_s=10)
        [row] = own_harness.select("SELECT * FROM process")
        stopping.set()

        wait_until(lambda: seen(own_harness) == [], "the process is forgotten", limit_s=10)
        assert (row["started_at"], row["seen_at"]) == (NOW, NOW)
        assert row["version"]

    def test_forgets_those_that_were_killed_after_a_day(self, own_harness: MinutesHarness) -> None:
        for name, days in (("killed", 2), ("lives", 0)):
            at = NOW - timedelta(days=days)
            with transaction(own_harness.engine) as session:
                save_process(session, Process(name, name, "host", 1, "1", at, at, 0))

        assert seen(own_harness) == ["lives"]
