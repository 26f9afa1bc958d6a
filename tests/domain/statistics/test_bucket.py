"""Quarters of an hour, and up to where they can be counted."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.statistics.bucket import countable_until, quarter_of


def at(hour: int, minute: int, second: int = 0) -> datetime:
    """A moment of one day."""
    return datetime(2026, 11, 28, hour, minute, second, tzinfo=UTC)


class TestQuarterOf:
    @pytest.mark.parametrize(
        ("moment", "quarter"),
        [
            (at(10, 0), at(10, 0)),
            (at(10, 14, 59), at(10, 0)),
            (at(10, 15), at(10, 15)),
            (datetime(1999, 12, 31, 23, 59, tzinfo=UTC), datetime(1999, 12, 31, 23, 45, tzinfo=UTC)),
        ],
    )
    def test_is_its_start(self, moment: datetime, quarter: datetime) -> None:
        assert quarter_of(moment) == quarter


class TestCountableUntil:
    @pytest.mark.parametrize(("now", "until"), [(at(10, 24, 59), at(10, 0)), (at(10, 25), at(10, 15))])
    def test_leaves_a_quarter_open_for_ten_minutes(self, now: datetime, until: datetime) -> None:
        assert countable_until(now, oldest_open=None) == until

    def test_waits_for_a_transaction_that_may_still_book_into_it(self) -> None:
        began = at(10, 14)

        until = countable_until(at(10, 40), oldest_open=at(10, 40) - began)

        assert until == at(10, 0)

    def test_allows_for_a_worker_whose_clock_is_behind(self) -> None:
        # It began at 10:18 by the database's clock, which may have been 10:13 by the worker's.
        assert countable_until(at(10, 40), oldest_open=timedelta(minutes=22)) == at(10, 0)

    def test_takes_no_notice_of_what_began_a_moment_ago(self) -> None:
        assert countable_until(at(10, 26), oldest_open=timedelta(seconds=1)) == at(10, 15)
