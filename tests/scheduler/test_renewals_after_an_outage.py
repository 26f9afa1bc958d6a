"""Schedulers that were away for three days: what became due is renewed once, the oldest first; no warning is late."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from boot.clock import ShiftedClock, move_clock
from boot.settings import Settings
from boot.wiring import Wiring
from relay.outbox import relay_outbox
from scheduler.main import run_scheduler, slot_of
from scheduler.timetable import TIMETABLE
from tests.doubles.memory import MemoryGateway
from tests.servers.databases import select
from tests.servers.waiting import wait_until
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from workers.actors import start

BEGINS_AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
"""In a month of which every day has one in the next, so that renewals keep the distances of their beginnings."""

AWAY_FOR = 3 * DAY + 4 * HOUR

DUE = {"second": 3 * DAY + 3 * HOUR, "early": DAY, "later": 5 * DAY, "first": 3 * DAY + HOUR}
"""When which renewal becomes due, counted from the moment at which the schedulers go away; a warning comes 3 days before."""


STALE = ("it comes too late", "the renewal is due already")


class Installation:
    """A worker and a relay in this process, on a test clock, with a gateway in it as well."""

    def __init__(self, harness: MinutesHarness, database_url: str, file: Path) -> None:
        self.engine = harness.engine
        self.database_url = database_url
        self.clock = ShiftedClock(file)
        self.memory = MemoryGateway("memory")
        self._file = file

    def let_pass(self, by: timedelta) -> None:
        """Move the clock."""
        move_clock(self._file, by)

    def buyer(self) -> SubscriptionHarness:
        """Let somebody subscribe now."""
        buyer = SubscriptionHarness(self.engine, self.memory, self.memory)
        buyer.offset = self.clock.shift
        buyer.subscribed()
        return buyer

    def select(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return select(self.database_url, query)

    def wait_for_run(self, job: str) -> None:
        """Return when a run that began after this moment of the clock has ended."""
        every = next(tick.every for tick in TIMETABLE if tick.job == job)
        since = slot_of(self.clock(), every).isoformat()
        done = f"SELECT 1 FROM due_run WHERE job = '{job}' AND outcome = 'done' AND slot >= '{since}'"
        wait_until(lambda: bool(self.select(done)), f"a run of {job}", limit_s=60)

    @contextmanager
    def working(self, *, schedulers: int) -> Iterator[None]:
        """Relay, work and tick for a while."""
        gateways = {self.memory.name: self.memory}
        settings = Settings(renewal_threads=1)
        wiring = Wiring(settings, self.engine, self.database_url, amqp_url=None, clock=self.clock, gateways=gateways)
        worker = start(wiring)
        publisher = wiring.publisher()
        options = {"clock": self.clock, "check_every": timedelta(seconds=0.1)}
        threads = [
            threading.Thread(target=relay_outbox, args=(wiring.engine, publisher, wiring.stopping), daemon=True),
            *(
                threading.Thread(target=run_scheduler, args=(self.engine, wiring.stopping), kwargs=options, daemon=True)
                for _ in range(schedulers)
            ),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            wiring.stopping.set()
            for thread in threads:
                thread.join(10)
            worker.stop()


@pytest.fixture
def installation(own_harness: MinutesHarness, database_url: str, tmp_path: Path) -> Installation:
    """An installation with a database and a clock of its own."""
    return Installation(own_harness, database_url, tmp_path / "clock")


class TestRenewalsAfterAnOutage:
    def test_of_three_days_are_charged_once_in_their_order_and_no_stale_warning_is_sent(
        self, installation: Installation
    ) -> None:
        buyers, subscribed_at = {}, timedelta()
        installation.let_pass(BEGINS_AT - installation.clock())
        for name, due in sorted(DUE.items(), key=lambda one: one[1]):
            installation.let_pass(due - subscribed_at)
            subscribed_at = due
            buyers[name] = installation.buyer()
        goes_away_at = min(buyer.row()["next_attempt_at"] for buyer in buyers.values()) - DAY
        installation.let_pass(goes_away_at - installation.clock())
        warnings = "SELECT 1 FROM notice WHERE kind = 'renewal_coming'"
        with installation.working(schedulers=0):
            wait_until(lambda: len(installation.select(warnings)) == len(DUE), "all are warned some day", limit_s=60)

        installation.let_pass(AWAY_FOR)
        with installation.working(schedulers=2):
            for _ in range(2):
                installation.wait_for_run("renew-subscriptions")
                installation.wait_for_run("send-notices")
                installation.let_pass(timedelta(minutes=1))

        charged = [buyer for order in installation.memory.vault.charges.values() for buyer in _whose(buyers, order)]
        assert charged == ["early", "first", "second"]
        assert installation.memory.books() == {"RUB": ((len(DUE) + 3) * 19_900, 0)}
        assert _warned(installation, buyers, *STALE) == {"early", "first", "second"}
        # It would have been sent, if there were an address.
        assert _warned(installation, buyers, "no address is known") == {"later"}
        # Of the periods that come now.
        assert _warned(installation, buyers, "waiting") == {"early", "first", "second"}


def _whose(buyers: dict[str, SubscriptionHarness], order_id: str) -> list[str]:
    return [name for name, buyer in buyers.items() if any(order["id"] == order_id for order in buyer.orders())]


def _warned(installation: Installation, buyers: dict[str, SubscriptionHarness], *states: str) -> set[str]:
    rows = installation.select("""
        SELECT account.id, coalesce(notice.reason, notice.state::text)
        FROM notice JOIN account ON account.number = notice.account WHERE notice.kind = 'renewal_coming'
    """)
    found = {account for account, state in rows if state in states}
    return {name for name, buyer in buyers.items() if buyer.account in found}
