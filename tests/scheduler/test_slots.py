"""Slots: the same interval on every host, whatever its clock is set to."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from scheduler.main import slot_of
from scheduler.timetable import TIMETABLE

MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)


class TestSlotOf:
    def test_is_the_start_of_the_interval(self) -> None:
        assert slot_of(datetime(2026, 11, 23, 12, 34, 56, 789, UTC), MINUTE) == datetime(
            2026, 11, 23, 12, 34, tzinfo=UTC
        )

    def test_is_the_same_from_its_start_until_an_instant_before_the_next(self) -> None:
        start = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
        every = timedelta(minutes=15)

        assert slot_of(start, every) == slot_of(start + every - INSTANT, every) == start
        assert slot_of(start + every, every) == start + every
        assert slot_of(start - INSTANT, every) == start - every

    @pytest.mark.parametrize("every", [MINUTE, timedelta(hours=6), timedelta(days=1)])
    def test_begins_anew_at_midnight(self, every: timedelta) -> None:
        midnight = datetime(2027, 1, 1, tzinfo=UTC)

        assert slot_of(midnight, every) == midnight
        assert slot_of(midnight - INSTANT, every) == midnight - every

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Moscow", "America/Sao_Paulo", "Asia/Kathmandu"])
    def test_does_not_depend_on_the_zone_of_the_host(self, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patched:
            patched.setenv("TZ", zone)
            time.tzset()
            slot = slot_of(datetime.fromtimestamp(1_793_500_000, UTC), timedelta(hours=6))
        time.tzset()

        assert slot == datetime(2026, 11, 1, 0, tzinfo=UTC)

    @pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
    def test_hours_follow_each_other_where_a_clock_is_changed(self, change: datetime) -> None:
        hour = timedelta(hours=1)
        slots = [slot_of(change + number * hour + MINUTE, hour) for number in range(-3, 4)]

        assert {later - earlier for earlier, later in pairwise(slots)} == {hour}


class TestTimetable:
    def test_every_interval_divides_a_day(self) -> None:
        # Otherwise the last slot of a day would be a shorter one.
        assert [tick.job for tick in TIMETABLE if timedelta(days=1) % tick.every] == []

    def test_every_job_is_named_once(self) -> None:
        names = [tick.job for tick in TIMETABLE]

        assert len(names) == len(set(names))
