"""README.md, "Usage": a shortfall is forgiven or owed, and debt is paid oldest first."""

import pytest

from domain.minutes.debt import Settlement, Shortfall, settle, shortfall
from domain.minutes.rules import Rules


class TestShortfall:
    def test_forgives_one_second_less_than_the_limit(self) -> None:
        rest = shortfall(59, forgive_below_seconds=60, forgivable_seconds=120)

        assert rest == Shortfall(debt_seconds=0, forgiven_seconds=59)

    def test_becomes_debt_at_the_limit(self) -> None:
        rest = shortfall(60, forgive_below_seconds=60, forgivable_seconds=120)

        assert rest == Shortfall(debt_seconds=60, forgiven_seconds=0)

    def test_becomes_debt_in_full_and_not_only_beyond_the_limit(self) -> None:
        rest = shortfall(3_600, forgive_below_seconds=60, forgivable_seconds=120)

        assert rest == Shortfall(debt_seconds=3_600, forgiven_seconds=0)

    @pytest.mark.parametrize("forgive_below_seconds", [0, 1, 60])
    def test_is_nothing_when_everything_is_covered(self, forgive_below_seconds: int) -> None:
        rest = shortfall(0, forgive_below_seconds=forgive_below_seconds, forgivable_seconds=120)

        assert rest == Shortfall(debt_seconds=0, forgiven_seconds=0)

    def test_forgives_nothing_below_zero(self) -> None:
        rest = shortfall(1, forgive_below_seconds=0, forgivable_seconds=120)

        assert rest == Shortfall(debt_seconds=1, forgiven_seconds=0)

    @pytest.mark.parametrize(("forgivable", "forgiven"), [(0, 0), (1, 1), (29, 29), (30, 30), (31, 30)])
    def test_forgives_no_more_than_may_still_be_forgiven(self, forgivable: int, forgiven: int) -> None:
        rest = shortfall(30, forgive_below_seconds=60, forgivable_seconds=forgivable)

        assert rest == Shortfall(debt_seconds=30 - forgiven, forgiven_seconds=forgiven)

    def test_forgives_120_seconds_a_day_unless_said_otherwise(self) -> None:
        assert Rules().forgive_daily_seconds == 120

    def test_forgives_below_60_seconds_unless_said_otherwise(self) -> None:
        assert Rules().forgive_below_seconds == 60


class TestSettle:
    def test_pays_nothing_without_debt(self) -> None:
        assert settle(600, {}) == ()

    def test_pays_nothing_from_an_empty_package(self) -> None:
        assert settle(0, {1: 100}) == ()

    def test_pays_one_debt_in_full(self) -> None:
        assert settle(600, {1: 100}) == (Settlement(1, 100),)

    def test_pays_the_oldest_usage_first(self) -> None:
        debts = {7: 100, 3: 200, 5: 300}

        assert settle(250, debts) == (Settlement(7, 100), Settlement(3, 150))

    def test_pays_exactly_everything(self) -> None:
        assert settle(300, {1: 100, 2: 200}) == (Settlement(1, 100), Settlement(2, 200))

    def test_leaves_one_second_owed(self) -> None:
        assert settle(299, {1: 100, 2: 200}) == (Settlement(1, 100), Settlement(2, 199))

    def test_does_not_name_a_debt_it_cannot_pay_at_all(self) -> None:
        assert settle(100, {1: 100, 2: 200}) == (Settlement(1, 100),)

    def test_pays_fifty_debts_at_once(self) -> None:
        debts = dict.fromkeys(range(50), 60)

        settlements = settle(50 * 60, debts)

        assert settlements == tuple(Settlement(usage_id, 60) for usage_id in range(50))

    def test_leaves_the_debts_it_was_given_alone(self) -> None:
        debts = {1: 100}

        settle(50, debts)

        assert debts == {1: 100}
