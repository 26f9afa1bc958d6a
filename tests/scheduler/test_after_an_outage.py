"""Schedulers that were away, or many: what is due is done once, in order, and what is stale is not said."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from boot.clock import ShiftedClock, move_clock
from boot.settings import Settings
from boot.wiring import Wiring
from relay.outbox import relay_outbox
from scheduler.main import run_scheduler, slot_of
from scheduler.timetable import TIMETABLE
from tests.servers.databases import select
from tests.servers.waiting import wait_until
from tests.workers.events import grant
from tests.workers.minutes.harness import MinutesHarness
from workers.actors import start

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SWEEP = next(tick for tick in TIMETABLE if tick.job == "expiry-sweep")


class Installation:
    """Workers and a relay in this process, on a test clock; schedulers come and go."""

    def __init__(self, harness: MinutesHarness, database_url: str, file: Path) -> None:
        self.harness = harness
        self.database_url = database_url
        self.file = file
        self.clock = ShiftedClock(file)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Relay and work for a while."""
        wiring = Wiring(Settings(), self.harness.engine, self.database_url, amqp_url=None, clock=self.clock)
        worker = start(wiring)
        publisher = wiring.publisher()
        relay = threading.Thread(target=relay_outbox, args=(wiring.engine, publisher, wiring.stopping), daemon=True)
        relay.start()
        try:
            yield
        finally:
            wiring.stopping.set()
            relay.join(10)
            worker.stop()

    @contextmanager
    def scheduled(self, schedulers: int) -> Iterator[None]:
        """Run so many schedulers for a while."""
        stopping = threading.Event()
        options = {"clock": self.clock, "check_every": timedelta(seconds=0.1)}
        threads = [
            threading.Thread(target=run_scheduler, args=(self.harness.engine, stopping), kwargs=options, daemon=True)
            for _ in range(schedulers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stopping.set()
            for thread in threads:
                thread.join(10)

    def let_pass(self, by: timedelta) -> None:
        """Move the clock."""
        move_clock(self.file, by)

    def wait_for_a_sweep(self) -> None:
        """Return when a sweep that began after this moment of the clock has ended."""
        since = slot_of(self.clock(), SWEEP.every)
        done = f"SELECT 1 FROM due_run WHERE job = '{SWEEP.job}' AND outcome = 'done' AND slot >= '{since.isoformat()}'"
        wait_until(lambda: bool(select(self.database_url, done)), "a sweep of this slot", limit_s=60)

    def grant(self, account: str, **period: datetime) -> None:
        """Grant an account a package."""
        self.harness.apply(grant(account, 600, at=self.clock(), **period), now=self.clock())

    def said(self) -> list[tuple[str, str]]:
        """The facts about packages but their grants, as type and account, in the order in which they were emitted."""
        rows = select(self.database_url, "SELECT routing_key, body FROM seen ORDER BY id")
        return [(key.split(".")[2], bytes(body).split(b'"subject":"')[1].split(b'"')[0].decode()) for key, body in rows]


@pytest.fixture
def installation(own_harness: MinutesHarness, database_url: str, tmp_path: Path) -> Installation:
    """An installation with a database and a clock of its own, which remembers the facts that have left."""
    with own_harness.engine.begin() as connection:
        connection.exec_driver_sql("""
            CREATE TABLE seen (id bigserial, routing_key text, body bytea);
            CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO seen (routing_key, body) VALUES (NEW.routing_key, NEW.body); RETURN NEW; END $$;
            CREATE TRIGGER see BEFORE INSERT ON outbox FOR EACH ROW
                WHEN (NEW.routing_key IN ('screph.package.started.v1', 'screph.package.expired.v1'))
                EXECUTE FUNCTION see()
        """)
    return Installation(own_harness, database_url, tmp_path / "clock")


class TestAfterAnOutage:
    def test_of_three_days_everything_is_done_once_and_nothing_stale_is_said(self, installation: Installation) -> None:
        now = datetime.now(UTC)
        long_ago = now - 60 * DAY
        installation.grant("starts", activated_at=now + DAY)
        installation.grant("ends first", activated_at=long_ago, expires_at=now + DAY)
        installation.grant("ends later", activated_at=long_ago, expires_at=now + 2 * DAY)
        installation.grant("comes and goes", activated_at=now + DAY, expires_at=now + 2 * DAY)
        installation.grant("ends tomorrow", activated_at=long_ago, expires_at=now + 3 * DAY + 20 * HOUR)
        installation.grant("ends next week", activated_at=long_ago, expires_at=now + 9 * DAY)

        installation.let_pass(3 * DAY)
        with installation.working(), installation.scheduled(1):
            installation.wait_for_a_sweep()
            installation.let_pass(timedelta(minutes=1))
            installation.wait_for_a_sweep()

        assert sorted(installation.said()) == [
            ("expired", "comes and goes"),
            ("expired", "ends first"),
            ("expired", "ends later"),
            ("started", "comes and goes"),
            ("started", "starts"),
        ]
        of_one = [kind for kind, account in installation.said() if account == "comes and goes"]
        assert of_one == ["started", "expired"]
        # Of the package that ends tomorrow, the warning of a week before is stale; both warnings were one.
        runs = select(installation.database_url, f"SELECT counts FROM due_run WHERE job = '{SWEEP.job}' ORDER BY id")
        warned = [counts["warned"] for (counts,) in runs]
        assert (warned[0], sum(warned)) == (2, 2)


class TestManySchedulers:
    @pytest.mark.parametrize("schedulers", [2, 10])
    def test_do_a_year_in_steps_and_everything_once(self, installation: Installation, schedulers: int) -> None:
        now = datetime.now(UTC)
        for number in range(12):
            starts = now + (30 * number + 1) * DAY
            installation.grant(f"account-{number}", activated_at=starts, expires_at=starts + 25 * DAY)

        with installation.working(), installation.scheduled(schedulers):
            for step in (DAY, 6 * DAY, 23 * DAY, 45 * DAY, HOUR, 80 * DAY, 20 * DAY, 180 * DAY, 15 * DAY):
                installation.let_pass(step)
                installation.wait_for_a_sweep()

        said = installation.said()
        assert sorted(said) == sorted(
            (kind, f"account-{number}") for number in range(12) for kind in ("started", "expired")
        )
        slots = select(installation.database_url, "SELECT job, slot FROM due_run")
        assert len(slots) == len(set(slots))
        # A late window after the last end, and every second is booked.
        assert installation.harness.select("SELECT 1 FROM package WHERE has_left OR announce_at IS NOT NULL") == []
