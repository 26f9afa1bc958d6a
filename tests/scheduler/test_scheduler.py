"""The scheduler: each tick is one reminder, however many schedulers there are, and none depends on memory."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from broker.topology import INTERNAL
from messages.registry import DUE
from scheduler.main import run_scheduler, slot_of, tick_once
from scheduler.timetable import TIMETABLE, Tick
from store.schedule import KEEP_SLOTS, claim_slot
from store.transaction import open_engine, transaction
from tests.servers.databases import select
from tests.servers.waiting import wait_until

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

SWEEP = TIMETABLE[0]


class TestSlotOf:
    @pytest.mark.parametrize(
        ("now", "slot"),
        [
            (NOON, NOON),
            (NOON + timedelta(seconds=59, microseconds=999_999), NOON),
            (NOON + MINUTE, NOON + MINUTE),
            (NOON.replace(hour=0), NOON.replace(hour=0)),
            (NOON.replace(hour=23, minute=59, second=59), NOON.replace(hour=23, minute=59)),
        ],
    )
    def test_is_the_start_of_the_minute(self, now: datetime, slot: datetime) -> None:
        assert slot_of(now, MINUTE) == slot

    @pytest.mark.parametrize("every", [timedelta(seconds=20), timedelta(minutes=15), timedelta(hours=6), DAY])
    def test_is_the_same_for_everybody_within_the_interval(self, every: timedelta) -> None:
        start = NOON.replace(hour=6)

        slots = {slot_of(start + fraction * every, every) for fraction in (0, 0.3, 0.999)}

        assert slots == {slot_of(start, every)}
        assert slot_of(start + every, every) != slot_of(start, every)

    @pytest.mark.parametrize("tick", TIMETABLE)
    def test_every_interval_of_the_timetable_divides_a_day(self, tick: Tick) -> None:
        assert DAY % tick.every == timedelta(0)


class TestTick:
    def test_writes_one_reminder(self, database_url: str) -> None:
        engine = open_engine(database_url)

        assert tick_once(engine, SWEEP, now=NOON)

        assert _reminders(database_url) == [(INTERNAL, DUE, f"expiry-sweep-{NOON.isoformat()}")]
        engine.dispose()

    def test_twice_in_a_slot_is_once(self, database_url: str) -> None:
        engine = open_engine(database_url)

        assert tick_once(engine, SWEEP, now=NOON)
        assert not tick_once(engine, SWEEP, now=NOON + timedelta(seconds=59))
        assert tick_once(engine, SWEEP, now=NOON + MINUTE)

        assert len(_reminders(database_url)) == 2
        engine.dispose()

    def test_eight_at_once_is_once(self, database_url: str) -> None:
        engine = open_engine(database_url, pool_size=8)

        with ThreadPoolExecutor(8) as threads:
            won = list(threads.map(lambda _: tick_once(engine, SWEEP, now=NOON), range(8)))

        assert sorted(won) == [False] * 7 + [True]
        assert len(_reminders(database_url)) == 1
        engine.dispose()

    def test_a_store_that_is_away_is_left_to_the_next_tick(self) -> None:
        engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing")

        assert not tick_once(engine, SWEEP, now=NOON)

    def test_a_reminder_that_cannot_be_written_leaves_the_slot_free(self, database_url: str) -> None:
        engine = open_engine(database_url)

        with pytest.raises(RuntimeError, match="interrupted"), transaction(engine) as session:
            assert claim_slot(session, SWEEP.job, NOON)
            raise RuntimeError("interrupted")

        assert tick_once(engine, SWEEP, now=NOON)
        engine.dispose()

    def test_old_slots_are_forgotten_and_those_of_other_jobs_are_not(self, database_url: str) -> None:
        engine = open_engine(database_url)
        other = Tick("another", MINUTE, SWEEP.reminder)
        tick_once(engine, SWEEP, now=NOON)
        tick_once(engine, other, now=NOON)
        tick_once(engine, SWEEP, now=NOON + KEEP_SLOTS)

        tick_once(engine, SWEEP, now=NOON + KEEP_SLOTS + MINUTE)

        slots = select(database_url, "SELECT job, slot FROM scheduler_slot ORDER BY job, slot")
        assert slots == [
            ("another", NOON),
            (SWEEP.job, NOON + KEEP_SLOTS),
            (SWEEP.job, NOON + KEEP_SLOTS + MINUTE),
        ]
        engine.dispose()


class TestRunning:
    def test_two_schedulers_remind_at_once_and_once_per_slot_and_end_when_told(self, database_url: str) -> None:
        engines = [open_engine(database_url) for _ in range(2)]
        stopping = threading.Event()
        schedulers = [threading.Thread(target=run_scheduler, args=(engine, stopping)) for engine in engines]
        for each in schedulers:
            each.start()

        wait_until(lambda: bool(_reminders(database_url)), "a reminder is there at once", limit_s=10)
        stopping.set()
        for each in schedulers:
            each.join(10)

        assert not any(each.is_alive() for each in schedulers)
        # More than one only where a minute has just ended.
        slots = select(database_url, "SELECT slot FROM scheduler_slot")
        assert len(_reminders(database_url)) == len(slots) <= 2
        for engine in engines:
            engine.dispose()


def _reminders(database_url: str) -> list[tuple[str, ...]]:
    return select(database_url, "SELECT exchange, routing_key, message_id FROM outbox ORDER BY id")
