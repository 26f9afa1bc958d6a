"""What is left of minutes that were bought several times and counted in one sum."""

import pytest

from domain.payments.imported import left_of_each


class TestLeftOfEach:
    @pytest.mark.parametrize(
        ("granted", "left", "shares", "beyond"),
        [
            ((), 0, (), 0),
            ((), 5, (), 5),
            ((10,), 0, (0,), 0),
            ((10,), 10, (10,), 0),
            ((10,), 11, (10,), 1),
            ((10, 20, 30), 30, (0, 0, 30), 0),
            ((10, 20, 30), 31, (0, 1, 30), 0),
            ((10, 20, 30), 61, (10, 20, 30), 1),
        ],
    )
    def test_lets_the_oldest_be_used_first(
        self, granted: tuple[int, ...], left: int, shares: tuple[int, ...], beyond: int
    ) -> None:
        assert left_of_each(granted, left) == (shares, beyond)
