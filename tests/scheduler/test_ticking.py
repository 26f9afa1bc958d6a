"""Ticks: one reminder for each slot, from any number of schedulers."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from boot.clock import ShiftedClock, move_clock
from messages.minutes.reminders import ExpirySweepRequested
from messages.queues import DUE
from messages.read import Event, read
from scheduler.main import Ticker, run_scheduler
from scheduler.timetable import TIMETABLE, Tick
from store.audit.run import audit
from store.engine import Engine, open_engine
from tests.servers.databases import select
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
TICK = Tick("sweep-test", timedelta(minutes=1), ExpirySweepRequested)
SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The store; at the end it is audited."""
    engine = open_engine(database_url)
    yield engine
    assert audit(engine).holds
    engine.dispose()


def tick_once(engine: Engine, tick: Tick, *, now: datetime) -> bool:
    """Tick as a scheduler of its own at a moment."""
    return Ticker(engine, clock=lambda: now).tick(tick)


class TestTick:
    def test_writes_a_reminder_that_the_queue_understands(self, engine: Engine, database_url: str) -> None:
        assert tick_once(engine, TICK, now=NOW)

        [(exchange, routing_key, body)] = select(database_url, "SELECT exchange, routing_key, body FROM outbox")
        [reminder] = read(bytes(body), queue=DUE)
        assert (exchange, routing_key) == ("screph.internal", DUE)
        assert isinstance(reminder, Event)
        assert isinstance(reminder.envelope, ExpirySweepRequested)
        assert reminder.envelope.time == NOW.replace(second=0)

    def test_a_second_time_in_the_same_slot_does_nothing(self, engine: Engine, database_url: str) -> None:
        tick_once(engine, TICK, now=NOW)

        assert not tick_once(engine, TICK, now=NOW + 3 * SECOND)
        assert _reminders(database_url) == 1

    def test_the_next_slot_is_another(self, engine: Engine, database_url: str) -> None:
        tick_once(engine, TICK, now=NOW)

        assert tick_once(engine, TICK, now=NOW + 4 * SECOND)
        assert len(set(select(database_url, "SELECT message_id FROM outbox"))) == 2

    def test_a_clock_that_goes_back_reminds_of_nothing_twice(self, engine: Engine, database_url: str) -> None:
        tick_once(engine, TICK, now=NOW)
        tick_once(engine, TICK, now=NOW + 4 * SECOND)

        assert not tick_once(engine, TICK, now=NOW)
        assert _reminders(database_url) == 2

    def test_each_job_has_its_own_slots(self, engine: Engine, database_url: str) -> None:
        tick_once(engine, TICK, now=NOW)

        assert tick_once(engine, Tick("another", TICK.every, TICK.reminder), now=NOW)
        assert _reminders(database_url) == 2

    def test_of_eight_schedulers_one_reminds(self, engine: Engine, database_url: str) -> None:
        with ThreadPoolExecutor(8) as schedulers:
            reminded = list(schedulers.map(lambda _: tick_once(engine, TICK, now=NOW), range(8)))

        assert sorted(reminded) == [False] * 7 + [True]
        assert _reminders(database_url) == 1

    def test_old_slots_are_forgotten_and_young_ones_stay(self, engine: Engine, database_url: str) -> None:
        for days in (0, 6, 8):
            tick_once(engine, TICK, now=NOW + timedelta(days=days))

        slots = select(database_url, "SELECT slot FROM scheduler_slot ORDER BY slot")
        assert [slot.day for (slot,) in slots] == [29, 1]

    def test_a_slot_whose_claim_was_forgotten_is_not_claimed_again(self, engine: Engine, database_url: str) -> None:
        tick_once(engine, TICK, now=NOW)
        tick_once(engine, TICK, now=NOW + timedelta(days=8))

        assert not tick_once(engine, TICK, now=NOW)
        assert _reminders(database_url) == 2

    def test_slots_on_both_sides_of_a_leap_are_claimed_once_by_many_at_once(
        self, engine: Engine, database_url: str
    ) -> None:
        tick_once(engine, TICK, now=NOW)
        moments = [NOW, NOW + timedelta(days=180)] * 8

        with ThreadPoolExecutor(8) as schedulers:
            reminded = list(schedulers.map(lambda now: tick_once(engine, TICK, now=now), moments))

        assert sum(reminded) == 1
        assert _reminders(database_url) == 2

    def test_a_store_that_is_away_leaves_it_to_the_next(self) -> None:
        port = ReservedPort()
        engine = open_engine(f"postgresql://postgres@127.0.0.1:{port.number}/postgres")

        assert not tick_once(engine, TICK, now=NOW)

        engine.dispose()
        port.release()


class TestRunScheduler:
    def test_ticks_at_once_and_ends_when_it_is_asked_to(self, engine: Engine, database_url: str) -> None:
        stopping = threading.Event()
        running = threading.Thread(target=run_scheduler, args=(engine, stopping), daemon=True)
        running.start()

        wait_until(lambda: _reminders(database_url) > 0, "the first tick is written", limit_s=10)
        stopping.set()
        running.join(10)

        assert not running.is_alive()

    def test_two_of_them_remind_once_in_a_slot(self, engine: Engine, database_url: str) -> None:
        stopping = threading.Event()
        both = [threading.Thread(target=run_scheduler, args=(engine, stopping), daemon=True) for _ in range(2)]
        for each in both:
            each.start()

        wait_until(lambda: _reminders(database_url) > 0, "the first tick is written", limit_s=10)
        stopping.set()
        for each in both:
            each.join(10)

        assert not any(each.is_alive() for each in both)
        slots = select(database_url, "SELECT count(*) FROM scheduler_slot")
        assert slots == [(_reminders(database_url),)]


class TestATestClock:
    def test_that_is_moved_ticks_at_once_also_what_is_daily(
        self, engine: Engine, database_url: str, tmp_path: Path
    ) -> None:
        file, stopping = tmp_path / "clock", threading.Event()
        running = threading.Thread(
            target=run_scheduler,
            args=(engine, stopping),
            kwargs={"clock": ShiftedClock(file), "check_every": timedelta(seconds=0.1)},
            daemon=True,
        )
        running.start()
        for days in range(1, 5):
            wait_until(lambda days=days: _daily_slots(database_url) >= days, f"{days} days are claimed", limit_s=20)
            move_clock(file, timedelta(days=1))
        wait_until(lambda: _daily_slots(database_url) >= 5, "the last day is claimed", limit_s=20)
        stopping.set()
        running.join(20)

        # Each day once; one more if midnight has passed meanwhile.
        assert _daily_slots(database_url) in (5, 6)
        ids = select(database_url, "SELECT message_id FROM outbox")
        assert len(set(ids)) == len(ids)


class TestAWrongClock:
    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (timedelta(hours=2), "7200 s ahead of the database's"),
            (timedelta(minutes=6), "360 s ahead of the database's"),
            (timedelta(minutes=-6), "360 s behind the database's"),
        ],
    )
    def test_claims_nothing_and_says_so(
        self, engine: Engine, database_url: str, caplog: pytest.LogCaptureFixture, error: timedelta, said: str
    ) -> None:
        # A little further off than named, for the clocks go on between the two readings.
        beyond = error + (SECOND / 2 if error > timedelta() else SECOND / -2)

        assert not Ticker(engine, host_clock=lambda: datetime.now(UTC) + beyond).tick(TICK)

        assert _reminders(database_url) == 0
        assert select(database_url, "SELECT job FROM scheduler_slot") == []
        assert said in caplog.text

    @pytest.mark.parametrize("error", [timedelta(), timedelta(minutes=4), timedelta(minutes=-4)])
    def test_that_is_not_far_off_ticks(self, engine: Engine, database_url: str, error: timedelta) -> None:
        assert Ticker(engine, host_clock=lambda: datetime.now(UTC) + error).tick(TICK)

        assert _reminders(database_url) == 1

    def test_is_told_from_a_test_clock_that_was_moved(
        self, engine: Engine, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        file = tmp_path / "clock"
        move_clock(file, timedelta(days=400))
        moved = ShiftedClock(file)

        assert not Ticker(
            engine, clock=moved, host_clock=lambda: datetime.now(UTC) + timedelta(hours=1, seconds=0.5)
        ).tick(TICK)
        assert "3600 s ahead of the database's" in caplog.text
        assert Ticker(engine, clock=moved).tick(TICK)

        [(slot,)] = select(database_url, "SELECT slot FROM scheduler_slot")
        assert abs(slot - datetime.now(UTC) - timedelta(days=400)) < timedelta(minutes=10)

    def test_in_a_running_scheduler_leaves_the_ticks_to_others(self, engine: Engine, database_url: str) -> None:
        stopping = threading.Event()
        wrong = threading.Thread(
            target=run_scheduler,
            args=(engine, stopping),
            kwargs=dict.fromkeys(("clock", "host_clock"), lambda: datetime.now(UTC) + timedelta(hours=1)),
            daemon=True,
        )
        wrong.start()
        right = threading.Thread(target=run_scheduler, args=(engine, stopping), daemon=True)
        right.start()
        wait_until(lambda: _reminders(database_url) == len(TIMETABLE), "every job to be reminded of once", limit_s=20)
        stopping.set()
        wrong.join(20)
        right.join(20)

        in_the_future = "SELECT count(*) FROM scheduler_slot WHERE slot > now() + interval '5 minutes'"
        assert select(database_url, in_the_future) == [(0,)]


def _daily_slots(database_url: str) -> int:
    [(count,)] = select(database_url, "SELECT count(*) FROM scheduler_slot WHERE job = 'erase-old'")
    return int(count)


def _reminders(database_url: str) -> int:
    [(count,)] = select(database_url, "SELECT count(*) FROM outbox")
    return int(count)
