"""README.md, "Guard"."""

import pytest

from domain.promotions.guard import is_surge

DAY = [0] * 24


class TestIsSurge:
    @pytest.mark.parametrize(
        ("uses_last_hour", "past_hours", "alarms"),
        [
            (60, DAY, True),
            (59, DAY, False),
            (1_000, DAY[1:], False),
            (1_000, [], False),
            (400, [*DAY, 100], False),
            (401, [*DAY, 100], True),
            (401, [101, *DAY], False),
        ],
    )
    def test_is_far_more_than_the_busiest_hour_of_a_past_that_is_long_enough(
        self, uses_last_hour: int, past_hours: list[int], alarms: bool
    ) -> None:
        assert is_surge(uses_last_hour, past_hours) is alarms
