"""Days of a zone as moments, also where clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.statistics.period import Days, day_of, midnight


class TestDays:
    @pytest.mark.parametrize(
        ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 28), 24)]
    )
    def test_have_as_many_hours_as_the_clock_says(self, day: date, hours: int) -> None:
        days = Days(day, day, "Europe/Berlin")

        assert days.ends_at - days.starts_at == timedelta(hours=hours)

    def test_begin_at_midnight_of_their_zone(self) -> None:
        days = Days(date(2026, 11, 1), date(2026, 11, 30), "Europe/Moscow")

        assert days.starts_at == datetime(2026, 10, 31, 21, tzinfo=UTC)
        assert days.ends_at == datetime(2026, 11, 30, 21, tzinfo=UTC)
        assert days.count == 30

    def test_are_compared_with_as_many_days_right_before(self) -> None:
        before = Days(date(2026, 3, 1), date(2026, 3, 10), "UTC").before

        assert (before.first, before.last) == (date(2026, 2, 19), date(2026, 2, 28))

    def test_that_are_not_over_are_compared_with_no_more_days_than_they_have_had(self) -> None:
        running = Days(date(2026, 11, 1), date(2026, 11, 30), "UTC").until(date(2026, 11, 10))

        assert (running.count, running.before.first) == (10, date(2026, 10, 22))

    @pytest.mark.parametrize("zone", ["Europe/Kiev", "Asia/Calcutta", "Asia/Kathmandu", "America/St_Johns"])
    def test_take_every_name_of_a_zone_and_begin_with_a_quarter(self, zone: str) -> None:
        assert midnight(date(2026, 11, 28), zone).minute % 15 == 0

    def test_begin_with_the_first_moment_there_is(self) -> None:
        # In Beirut the clock goes from midnight to one.
        assert day_of(midnight(date(2026, 3, 29), "Asia/Beirut"), "Asia/Beirut") == date(2026, 3, 29)


class TestDayOf:
    def test_is_the_day_of_the_zone(self) -> None:
        late = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)

        assert (day_of(late, "UTC"), day_of(late, "Europe/Moscow")) == (date(2026, 11, 28), date(2026, 11, 29))
