"""Simulating a code over purchases of the past."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.promotions.promotion import CodeKind, Conditions, Limits, PromoCode, Promotion
from domain.promotions.redeem import Buyer, Purchase
from domain.promotions.simulate import PastPurchase, simulate

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

TENTH_OFF = Promotion("autumn", CodeKind.PERCENT_OFF, share=1_000, limits=Limits(uses_each=1))
BONUS = Promotion("bonus", CodeKind.BONUS_SECONDS, seconds=600, limits=Limits(uses_each=None))


def code(promotion: Promotion) -> PromoCode:
    """A code of a promotion."""
    return PromoCode("AUTUMN", promotion)


def bought(account: str, minor: int = 10_000, *, at: datetime = NOON, is_new: bool = True) -> PastPurchase:
    """A purchase for roubles."""
    purchase = Purchase("standard", Money(minor, "RUB"), 6_000, minimum_minor=1)
    return PastPurchase(f"order-{account}", Buyer(account, is_new=is_new), purchase, at)


class TestSimulate:
    def test_says_who_would_have_used_it_and_what_that_would_have_cost(self) -> None:
        found = simulate(code(TENTH_OFF), [bought("ada"), bought("bob", 20_000), bought("ada", at=NOON + DAY)])

        assert [use.account_id for use in found.uses] == ["ada", "bob"]
        assert (found.discounts_minor, found.bonus_seconds) == ({"RUB": 3_000}, 0)
        assert found.refused == {"UsedByYou": 1}
        assert (found.worst_minor, found.worst_seconds) == ({}, 0)

    def test_leaves_its_own_time_and_its_uses_out(self) -> None:
        later = Conditions(starts_at=NOON + 30 * DAY, is_for_first_purchase=True)
        paused = replace(TENTH_OFF, conditions=later, is_paused=True)

        found = simulate(PromoCode("AUTUMN", paused, account_id="eve"), [bought("ada"), bought("bob", is_new=False)])

        assert [use.account_id for use in found.uses] == ["ada"]
        assert found.refused == {"FirstPurchaseOnly": 1}

    def test_says_what_its_limits_let_it_cost_at_the_worst(self) -> None:
        limited = replace(TENTH_OFF, limits=Limits(uses=100, budget_minor={"RUB": 50_000}))
        few = replace(limited, limits=replace(limited.limits, uses=10))
        purchases = [bought("ada", 12_000)]

        assert simulate(code(limited), purchases).worst_minor == {"RUB": 50_000}
        assert simulate(code(few), purchases).worst_minor == {"RUB": 12_000}
        assert simulate(code(BONUS), purchases).worst_seconds is None
        assert simulate(PromoCode("B", BONUS, uses_limit=1), []).worst_seconds == 600

    @given(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 10**6), st.integers(0, 3)), max_size=30),
        st.builds(
            Limits,
            uses=st.none() | st.integers(1, 5),
            uses_each=st.none() | st.integers(1, 2),
            uses_a_day=st.none() | st.integers(1, 3),
            budget_minor=st.just({}) | st.integers(1, 10**5).map(lambda minor: {"RUB": minor}),
        ),
    )
    def test_never_costs_more_than_its_limits_and_its_worst_case(
        self, purchases: list[tuple[str, int, int]], limits: Limits
    ) -> None:
        ordered = sorted(purchases, key=lambda each: each[2])
        past = [bought(account, minor, at=NOON + days * DAY) for account, minor, days in ordered]

        found = simulate(code(replace(TENTH_OFF, limits=limits)), past)

        cost = found.discounts_minor.get("RUB", 0)
        assert cost == sum(use.discount.minor for use in found.uses)
        assert len(found.uses) + sum(found.refused.values()) == len(past)
        assert limits.uses is None or len(found.uses) <= limits.uses
        assert cost <= limits.budget_minor.get("RUB", cost)
        assert cost <= found.worst_minor.get("RUB", cost)
