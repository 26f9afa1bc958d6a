"""README.md, "Usage": late after 72 hours, a clock error beyond 5 minutes ahead."""

from datetime import timedelta

import pytest

from domain.minutes.judge import Judgement, UnableToJudge, judge
from domain.minutes.rules import Rules
from tests.domain.minutes.builders import HOUR, INSTANT, NOON

LATE_WINDOW = timedelta(hours=72)
FIVE_MINUTES = timedelta(minutes=5)


class TestJudge:
    def test_judges_usage_when_it_occurred(self) -> None:
        judged = judge(NOON - HOUR, now=NOON, late_window=LATE_WINDOW)

        assert judged == Judgement(at=NOON - HOUR, is_late=False)

    def test_judges_usage_of_this_very_instant(self) -> None:
        judged = judge(NOON, now=NOON, late_window=LATE_WINDOW)

        assert judged == Judgement(at=NOON, is_late=False)

    def test_is_not_late_at_the_end_of_the_window(self) -> None:
        judged = judge(NOON - LATE_WINDOW, now=NOON, late_window=LATE_WINDOW)

        assert judged == Judgement(at=NOON - LATE_WINDOW, is_late=False)

    def test_is_late_an_instant_after_the_window(self) -> None:
        judged = judge(NOON - LATE_WINDOW - INSTANT, now=NOON, late_window=LATE_WINDOW)

        assert judged == Judgement(at=NOON, is_late=True)

    def test_is_late_after_years(self) -> None:
        judged = judge(NOON - 9_000 * HOUR, now=NOON, late_window=LATE_WINDOW)

        assert judged == Judgement(at=NOON, is_late=True)

    def test_bears_a_clock_that_runs_five_minutes_ahead(self) -> None:
        judged = judge(NOON + FIVE_MINUTES, now=NOON, late_window=LATE_WINDOW)

        assert judged == Judgement(at=NOON + FIVE_MINUTES, is_late=False)

    def test_refuses_a_stamp_an_instant_further_in_the_future(self) -> None:
        with pytest.raises(UnableToJudge, match="more than 5 minutes in the future"):
            judge(NOON + FIVE_MINUTES + INSTANT, now=NOON, late_window=LATE_WINDOW)

    def test_says_both_moments_and_what_to_do_about_a_future_stamp(self) -> None:
        with pytest.raises(UnableToJudge) as refused:
            judge(NOON + HOUR, now=NOON, late_window=LATE_WINDOW)

        assert "2026-11-23T13:00:00+00:00" in str(refused.value)
        assert "2026-11-23T12:00:00+00:00" in str(refused.value)
        assert "set the producer's clock" in str(refused.value)

    def test_without_a_window_everything_past_is_late(self) -> None:
        assert judge(NOON, now=NOON, late_window=timedelta()).is_late is False
        assert judge(NOON - INSTANT, now=NOON, late_window=timedelta()).is_late is True

    def test_has_a_window_of_72_hours_unless_said_otherwise(self) -> None:
        assert Rules().late_window == LATE_WINDOW
