"""Where periods end: months without the 31st, leap years, and renewals that come late."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.periods import PeriodUnit, boundary, end_of_period
from domain.subscriptions.renew import next_period
from tests.domain.subscriptions.builders import END, START, subscription

MOMENTS = st.integers(0, 14_000 * 86_400).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(0, seconds))


def day(text: str) -> datetime:
    """Noon of a day."""
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


class TestBoundary:
    @pytest.mark.parametrize(
        ("anchor", "unit", "ends"),
        [
            ("2026-01-31", PeriodUnit.MONTH, ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
            ("2028-01-31", PeriodUnit.MONTH, ["2028-02-29", "2028-03-31"]),
            ("2026-12-30", PeriodUnit.MONTH, ["2027-01-30", "2027-02-28", "2027-03-30"]),
            ("2028-02-29", PeriodUnit.YEAR, ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
            ("2026-03-29", PeriodUnit.DAY, ["2026-03-30", "2026-03-31", "2026-04-01"]),
            ("2026-10-22", PeriodUnit.WEEK, ["2026-10-29", "2026-11-05"]),
        ],
    )
    def test_keeps_the_day_of_the_anchor(self, anchor: str, unit: PeriodUnit, ends: list[str]) -> None:
        assert [boundary(day(anchor), unit, count) for count in range(1, len(ends) + 1)] == [day(end) for end in ends]

    @given(anchor=MOMENTS, unit=st.sampled_from(PeriodUnit), count=st.integers(0, 60))
    def test_is_the_end_of_the_period_before_and_the_start_of_the_next(
        self, anchor: datetime, unit: PeriodUnit, count: int
    ) -> None:
        start, end = boundary(anchor, unit, count), boundary(anchor, unit, count + 1)

        assert start < end
        assert end_of_period(anchor, unit, start) == end
        assert end_of_period(anchor, unit, end - timedelta(microseconds=1)) == end


class TestNextPeriod:
    def test_begins_where_the_one_before_ends(self) -> None:
        period = next_period(subscription(), PeriodUnit.MONTH, at=END - timedelta(hours=6))

        assert (period.starts_at, period.ends_at) == (END, day("2026-03-31"))

    def test_begins_where_it_ends_also_a_little_late(self) -> None:
        assert next_period(subscription(), PeriodUnit.MONTH, at=END + timedelta(minutes=59)).starts_at == END

    def test_begins_now_when_we_come_too_late(self) -> None:
        late = END + timedelta(days=3)

        period = next_period(subscription(), PeriodUnit.MONTH, at=late)

        assert (period.starts_at, period.ends_at) == (late, day("2026-04-03"))

    def test_of_another_length_is_counted_from_the_end(self) -> None:
        period = next_period(subscription(anchor_at=START), PeriodUnit.YEAR, at=END)

        assert (period.starts_at, period.ends_at) == (END, day("2027-02-28"))
