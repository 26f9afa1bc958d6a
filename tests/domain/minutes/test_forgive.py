"""README.md, "Debt": so much is forgiven to an account on one UTC day, and no more."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.minutes.forgive import day_of, forgivable_seconds, with_forgiven
from domain.minutes.rules import Rules

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
RULES = Rules()


class TestDay:
    def test_is_of_utc(self) -> None:
        in_moscow = timezone(timedelta(hours=3))

        assert day_of(datetime(2026, 11, 24, 2, 59, tzinfo=in_moscow)) == "2026-11-23"

    @pytest.mark.parametrize(("at", "day"), [(MIDNIGHT - INSTANT, "2026-11-23"), (MIDNIGHT, "2026-11-24")])
    def test_begins_at_midnight(self, at: datetime, day: str) -> None:
        assert day_of(at) == day


class TestForgivable:
    @pytest.mark.parametrize(("forgiven", "left"), [({}, 120), ({"2026-11-23": 100}, 20), ({"2026-11-23": 130}, 0)])
    def test_is_what_the_day_has_left(self, forgiven: dict[str, int], left: int) -> None:
        assert forgivable_seconds(forgiven, judged_at=NOON, rules=RULES) == left

    def test_begins_again_on_the_next_day(self) -> None:
        assert forgivable_seconds({"2026-11-23": 120}, judged_at=MIDNIGHT, rules=RULES) == 120


class TestWithForgiven:
    def test_adds_to_the_day_of_the_usage_and_not_to_today(self) -> None:
        late = NOON - timedelta(days=2)

        counted = with_forgiven({"2026-11-23": 10}, 5, judged_at=late, now=NOON, rules=RULES)

        assert counted == {"2026-11-23": 10, "2026-11-21": 5}

    def test_leaves_out_days_to_which_no_usage_can_be_judged_any_more(self) -> None:
        before = {"2026-11-19": 1, "2026-11-20": 2}

        assert with_forgiven(before, 5, judged_at=NOON, now=NOON, rules=RULES) == {"2026-11-20": 2, "2026-11-23": 5}

    def test_takes_back_what_a_reversal_cancels(self) -> None:
        assert with_forgiven({"2026-11-23": 5}, -5, judged_at=NOON, now=NOON, rules=RULES) == {}
