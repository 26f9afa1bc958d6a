"""Quiet hours: by the clocks where the account lives, on the days when these are put forward or back, too."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notices.quiet_hours import QuietHours, end_of_quiet


def utc(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestEndOfQuiet:
    @pytest.mark.parametrize(
        ("zone", "now", "end"),
        [
            # 22:00 and 07:59 belong to them, 08:00 and 21:59 do not.
            ("Europe/Moscow", "2026-11-23 19:00", "2026-11-24 05:00"),
            ("Europe/Moscow", "2026-11-24 04:59", "2026-11-24 05:00"),
            ("Europe/Moscow", "2026-11-24 05:00", None),
            ("Europe/Moscow", "2026-11-24 18:59", None),
            # Either side of the date line: the same moment, 21 and 22 o'clock on different days.
            ("Pacific/Kiritimati", "2026-11-23 08:00", "2026-11-23 18:00"),
            ("Pacific/Kiritimati", "2026-11-23 18:00", None),
            ("Pacific/Pago_Pago", "2026-11-23 09:00", "2026-11-23 19:00"),
            ("Pacific/Pago_Pago", "2026-11-24 08:00", None),
            ("Asia/Kathmandu", "2026-11-23 16:14", None),
            ("Asia/Kathmandu", "2026-11-23 16:15", "2026-11-24 02:15"),
            # A night of seven hours and one of nine: the end is at 8 by the clocks of the morning.
            ("Europe/Berlin", "2026-03-28 21:30", "2026-03-29 06:00"),
            ("Europe/Berlin", "2026-10-24 21:30", "2026-10-25 07:00"),
            ("America/New_York", "2026-03-08 06:30", "2026-03-08 12:00"),
            # 29 February.
            ("Europe/Madrid", "2028-02-28 23:00", "2028-02-29 07:00"),
            (None, "2026-11-23 23:00", "2026-11-24 08:00"),
        ],
    )
    def test_is_by_the_clocks_of_the_zone(self, zone: str | None, now: str, end: str | None) -> None:
        found = end_of_quiet(QuietHours(time_zone=zone), now=utc(now))

        assert found == (None if end is None else utc(end))

    def test_that_the_clocks_skip_comes_after_the_jump(self) -> None:
        hours = QuietHours(time(22), time(2, 30), "Europe/Berlin")

        assert end_of_quiet(hours, now=utc("2026-03-29 00:30")) == utc("2026-03-29 01:30")

    def test_that_the_clocks_show_twice_is_the_next_one(self) -> None:
        hours = QuietHours(time(22), time(2, 30), "Europe/Berlin")

        assert end_of_quiet(hours, now=utc("2026-10-25 00:15")) == utc("2026-10-25 00:30")
        assert end_of_quiet(hours, now=utc("2026-10-25 01:15")) == utc("2026-10-25 01:30")

    @pytest.mark.parametrize("now", ["2026-11-23 00:00", "2026-11-23 12:00", "2026-11-23 22:00"])
    def test_is_never_where_both_times_are_the_same(self, now: str) -> None:
        assert end_of_quiet(QuietHours(time(22), time(22)), now=utc(now)) is None

    def test_may_lie_within_a_day(self) -> None:
        siesta = QuietHours(time(13), time(16), "Europe/Madrid")

        assert end_of_quiet(siesta, now=utc("2026-11-23 12:00")) == utc("2026-11-23 15:00")
        assert end_of_quiet(siesta, now=utc("2026-11-23 15:00")) is None

    @given(
        zone=st.sampled_from(sorted(available_timezones())),
        days=st.integers(0, 14_000),
        seconds=st.integers(0, 86_399),
        starts=st.times(),
        ends=st.times(),
    )
    def test_is_always_ahead_and_within_a_day_or_so(
        self, zone: str, days: int, seconds: int, starts: time, ends: time
    ) -> None:
        now = utc("2000-01-01 00:00") + timedelta(days=days, seconds=seconds)

        end = end_of_quiet(QuietHours(starts, ends, zone), now=now)

        # Samoa has skipped a day.
        assert end is None or now < end <= now + timedelta(hours=50)
