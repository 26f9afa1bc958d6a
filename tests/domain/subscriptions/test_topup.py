"""Whether an account is topped up, and by how much: thresholds, limits and pauses at their edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.subscriptions.topup import (
    MAX_UNITS,
    BoughtToday,
    Topup,
    TopupDecision,
    TopupStop,
    Unit,
    begin_topup,
    decide_topup,
    end_topup,
    stop_topup,
)

NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
UNIT = Unit(3_600, Money(10_000, "RUB"))
NOTHING = BoughtToday(0, 0)
TOPUP = Topup(
    id="t",
    account_id="a",
    product_id="p",
    currency="RUB",
    threshold_seconds=600,
    max_per_day=3,
    max_minor_per_day=None,
    cooldown_seconds=3_600,
    method_id=None,
    is_on=True,
    message_id=1,
    set_at=NOW,
    created_at=NOW,
    updated_at=NOW,
)


def decide(
    topup: Topup = TOPUP, *, balance: int = 0, today: BoughtToday = NOTHING, at: datetime = NOW, unit: Unit = UNIT
) -> TopupDecision:
    """Decide with what a test does not say left as it is."""
    return decide_topup(topup, balance_seconds=balance, unit=unit, today=today, at=at)


class TestThreshold:
    @pytest.mark.parametrize("balance", [600, 601, 10**6])
    def test_leaves_a_balance_alone_that_reaches_it(self, balance: int) -> None:
        assert decide(balance=balance) == TopupDecision(is_armed=True)

    @pytest.mark.parametrize(
        ("balance", "units"), [(599, 1), (0, 1), (-3_000, 1), (-3_001, 2), (-6_600, 2), (-6_601, 3)]
    )
    def test_is_reached_by_the_fewest_units_that_close_the_gap(self, balance: int, units: int) -> None:
        assert decide(balance=balance) == TopupDecision(units=units)

    def test_is_not_reached_by_more_units_than_one_order_may_have(self) -> None:
        assert decide(balance=-(10**9)) == TopupDecision(units=MAX_UNITS)

    @given(st.integers(1, 10**6), st.integers(-(10**6), 10**6), st.integers(1, 10**5))
    def test_is_reached_and_no_unit_is_too_many(self, threshold: int, balance: int, seconds: int) -> None:
        decision = decide(
            replace(TOPUP, threshold_seconds=threshold), balance=balance, unit=replace(UNIT, seconds=seconds)
        )

        assert decision.is_armed == (balance >= threshold)
        if 0 < decision.units < MAX_UNITS:
            assert balance + decision.units * seconds >= threshold
            assert balance + (decision.units - 1) * seconds < threshold


class TestPauses:
    def test_nothing_begins_while_it_is_off(self) -> None:
        assert decide(replace(TOPUP, is_on=False)) == TopupDecision()

    def test_nothing_begins_while_one_is_under_way(self) -> None:
        assert decide(begin_topup(TOPUP, "o", at=NOW)) == TopupDecision()

    def test_the_next_waits_for_the_cooldown_and_not_a_second_longer(self) -> None:
        ended = end_topup(begin_topup(TOPUP, "o", at=NOW), at=NOW)
        over = NOW + timedelta(seconds=3_600)

        assert ended.order_id is None
        assert decide(ended, at=over - timedelta(microseconds=1)) == TopupDecision(wait_until=over)
        assert decide(ended, at=over) == TopupDecision(units=1)

    def test_waits_as_long_as_it_is_told_to(self) -> None:
        assert decide(replace(TOPUP, ready_at=MIDNIGHT)) == TopupDecision(wait_until=MIDNIGHT)


class TestLimits:
    def test_of_a_day_end_at_midnight(self) -> None:
        assert decide(today=BoughtToday(2, 20_000)) == TopupDecision(units=1)
        assert decide(today=BoughtToday(3, 30_000)) == TopupDecision(wait_until=MIDNIGHT)
        assert decide(today=NOTHING, at=MIDNIGHT) == TopupDecision(units=1)

    @pytest.mark.parametrize(("spent", "units"), [(0, 3), (9_999, 2), (10_000, 2), (10_001, 1), (20_000, 1)])
    def test_of_money_buy_as_many_units_as_they_allow(self, spent: int, units: int) -> None:
        limited = replace(TOPUP, max_minor_per_day=30_000)

        assert decide(limited, balance=-20_000, today=BoughtToday(1, spent)) == TopupDecision(units=units)

    @pytest.mark.parametrize("spent", [20_001, 30_000, 40_000])
    def test_of_money_that_buy_no_unit_end_at_midnight(self, spent: int) -> None:
        limited = replace(TOPUP, max_minor_per_day=30_000)

        assert decide(limited, today=BoughtToday(1, spent)) == TopupDecision(wait_until=MIDNIGHT)


class TestStop:
    def test_says_why_and_ends_what_is_under_way(self) -> None:
        stopped = stop_topup(begin_topup(TOPUP, "o", at=NOW), TopupStop.DECLINED, "card_expired", at=MIDNIGHT)

        assert (stopped.is_on, stopped.order_id, stopped.sequence) == (False, None, 1)
        assert (stopped.stop, stopped.stop_code, stopped.stopped_at) == (TopupStop.DECLINED, "card_expired", MIDNIGHT)
        assert decide(stopped) == TopupDecision()
