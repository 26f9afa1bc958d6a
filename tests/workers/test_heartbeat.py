"""Heartbeats: a process is seen while it lives, and forgotten when it ends."""

import threading
from datetime import timedelta

from store.processes import Process, save_process
from store.transaction import transaction
from tests.servers.waiting import wait_until
from tests.workers.events import NOW
from tests.workers.minutes.harness import MinutesHarness
from workers.heartbeat import start_heartbeat
from workers.measures import count_others


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

    def test_says_how_much_was_handled_since_the_last_one(self, own_harness: MinutesHarness) -> None:
        stopping = threading.Event()

        def rates() -> list[int]:
            return [row["per_minute"] for row in own_harness.select("SELECT per_minute FROM process")]

        start_heartbeat(own_harness.engine, stopping, lambda: NOW, "worker", every_seconds=1.5)
        wait_until(lambda: rates() == [0], "the process is seen", limit_s=10)
        count_others("of-this-test", dead_lettered=30, retried=0)

        # 30 in 1.5 seconds or a little more are 1 200 a minute or a little less; nothing more comes after that.
        wait_until(lambda: 300 < rates()[0] <= 1_200, "it is counted", limit_s=10)
        wait_until(lambda: rates() == [0], "it is over", limit_s=10)
        stopping.set()

    def test_forgets_those_that_were_killed_after_a_day(self, own_harness: MinutesHarness) -> None:
        for name, days in (("killed", 2), ("lives", 0)):
            at = NOW - timedelta(days=days)
            with transaction(own_harness.engine) as session:
                save_process(session, Process(name, name, "host", 1, "1", at, at, 0))

        assert seen(own_harness) == ["lives"]
