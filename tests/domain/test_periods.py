"""Periods are half-open: the start belongs to them, the end does not."""

from datetime import timedelta, timezone

from domain.periods import Period
from tests.domain.minutes.builders import DAY, INSTANT, NOON


class TestPeriod:
    def test_contains_the_instant_it_starts(self) -> None:
        period = Period(NOON, NOON + DAY)

        assert period.contains(NOON)
        assert not period.contains(NOON - INSTANT)

    def test_does_not_contain_the_instant_it_ends(self) -> None:
        period = Period(NOON, NOON + DAY)

        assert period.contains(NOON + DAY - INSTANT)
        assert not period.contains(NOON + DAY)

    def test_has_ended_at_the_instant_it_ends(self) -> None:
        period = Period(NOON, NOON + DAY)

        assert period.has_ended(NOON + DAY)
        assert not period.has_ended(NOON + DAY - INSTANT)

    def test_has_not_ended_before_it_started(self) -> None:
        period = Period(NOON, NOON + DAY)

        assert not period.has_ended(NOON - DAY)

    def test_without_an_end_never_ends(self) -> None:
        period = Period(NOON)

        assert period.contains(NOON + 36_500 * DAY)
        assert not period.has_ended(NOON + 36_500 * DAY)
        assert not period.contains(NOON - INSTANT)

    def test_that_ends_where_it_starts_contains_nothing(self) -> None:
        period = Period(NOON, NOON)

        assert not period.contains(NOON)
        assert period.has_ended(NOON)

    def test_looks_at_the_moment_and_not_at_the_clock_on_the_wall(self) -> None:
        period = Period(NOON, NOON + DAY)
        kamchatka = timezone(timedelta(hours=12))

        assert period.contains(NOON.astimezone(kamchatka))
        assert not period.contains((NOON + DAY).astimezone(kamchatka))

    def test_parts_time_between_neighbours_without_gap_or_overlap(self) -> None:
        today, tomorrow = Period(NOON, NOON + DAY), Period(NOON + DAY, NOON + 2 * DAY)

        moments = [NOON + DAY - INSTANT, NOON + DAY, NOON + DAY + INSTANT]

        assert [today.contains(at) + tomorrow.contains(at) for at in moments] == [1, 1, 1]
