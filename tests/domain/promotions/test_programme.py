"""Programmes: what earns a bonus, and how often it is given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.promotions.programme import (
    BIRTHDAY_WITHIN,
    Awards,
    Programme,
    Purchases,
    Trigger,
    birthday_of,
    is_earned,
    is_still_earned,
    may_give,
)

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def programme(trigger: Trigger = Trigger.FIRST_PURCHASE, **fields: object) -> Programme:
    """Ten minutes by some rule."""
    return replace(Programme(1, "welcome", trigger, 600), **fields)  # type: ignore[arg-type]


class TestEarning:
    @pytest.mark.parametrize(("before", "earned"), [(0, True), (1, False)])
    def test_a_first_purchase_has_none_before(self, before: int, earned: bool) -> None:
        assert is_earned(programme(), Purchases("p60", NOW, before)) is earned

    @pytest.mark.parametrize(("before", "earned"), [(1, False), (2, True), (3, False)])
    def test_the_third_is_the_one_after_two(self, before: int, earned: bool) -> None:
        third = programme(Trigger.NTH_PURCHASE, purchases=3)

        assert is_earned(third, Purchases("p60", NOW, before)) is earned

    @pytest.mark.parametrize(
        ("last_at", "earned"), [(None, False), (NOW - 60 * DAY, True), (NOW - 60 * DAY + timedelta(seconds=1), False)]
    )
    def test_a_return_comes_after_so_many_days(self, last_at: datetime | None, earned: bool) -> None:
        back = programme(Trigger.RETURN, after_days=60)

        assert is_earned(back, Purchases("p60", NOW, int(last_at is not None), last_at)) is earned

    def test_no_purchase_makes_a_birthday(self) -> None:
        assert not is_earned(programme(Trigger.BIRTHDAY), Purchases("p60", NOW))

    @pytest.mark.parametrize(("product_id", "earned"), [("p60", True), ("p300", False)])
    def test_counts_only_what_the_programme_names(self, product_id: str, earned: bool) -> None:
        assert is_earned(programme(product_ids=frozenset({"p60"})), Purchases(product_id, NOW)) is earned

    def test_ends_when_an_earlier_purchase_is_given_back(self) -> None:
        third = programme(Trigger.NTH_PURCHASE, purchases=3)

        assert is_still_earned(third, Purchases("p60", NOW, 2))
        assert not is_still_earned(third, Purchases("p60", NOW, 1))


class TestGiving:
    def test_is_once_for_a_first_purchase(self) -> None:
        assert may_give(programme(), Awards(), at=NOW)
        assert not may_give(programme(), Awards(1, NOW - 900 * DAY), at=NOW)

    def test_is_again_for_another_return(self) -> None:
        back = programme(Trigger.RETURN, after_days=60)

        assert may_give(back, Awards(3, NOW - 60 * DAY), at=NOW)
        assert not may_give(back, Awards(3, NOW - 59 * DAY), at=NOW)

    def test_is_once_a_year_for_a_birthday(self) -> None:
        birthday = programme(Trigger.BIRTHDAY)

        assert may_give(birthday, Awards(1, NOW - 365 * DAY), at=NOW)
        assert not may_give(birthday, Awards(1, NOW - 300 * DAY), at=NOW)

    @pytest.mark.parametrize(
        ("fields", "may"),
        [
            ({"is_paused": True}, False),
            ({"starts_at": NOW}, True),
            ({"starts_at": NOW + timedelta(seconds=1)}, False),
            ({"ends_at": NOW}, False),
            ({"ends_at": NOW + timedelta(seconds=1)}, True),
        ],
    )
    def test_is_within_its_time_and_switched_on(self, fields: dict[str, object], may: bool) -> None:
        assert may_give(programme(**fields), Awards(), at=NOW) is may

    @given(st.integers(1, 20), st.integers(600, 10_000), st.integers(0, 30))
    def test_keeps_limit_and_budget(self, limit: int, budget_seconds: int, tries: int) -> None:
        given_so_far = programme(uses_limit=limit, budget_seconds=budget_seconds)

        for _ in range(tries):
            if may_give(given_so_far, Awards(), at=NOW):
                used_seconds = given_so_far.used_seconds + given_so_far.seconds
                given_so_far = replace(given_so_far, used=given_so_far.used + 1, used_seconds=used_seconds)

        assert given_so_far.used == min(tries, limit, budget_seconds // 600)
        assert given_so_far.used_seconds <= budget_seconds


class TestBirthday:
    def test_is_not_the_day_of_opening(self) -> None:
        assert birthday_of(NOW, at=NOW) is None

    def test_comes_at_the_same_moment_of_a_later_year(self) -> None:
        opened_at = NOW.replace(year=2023)

        assert birthday_of(opened_at, at=NOW - timedelta(seconds=1)) is None
        assert birthday_of(opened_at, at=NOW) == NOW

    def test_of_a_leap_day_comes_on_the_28th(self) -> None:
        opened_at = datetime(2024, 2, 29, 8, tzinfo=UTC)

        assert birthday_of(opened_at, at=datetime(2026, 3, 1, tzinfo=UTC)) == datetime(2026, 2, 28, 8, tzinfo=UTC)

    def test_of_the_old_year_is_celebrated_in_the_new_one(self) -> None:
        opened_at = datetime(2024, 12, 30, tzinfo=UTC)

        assert birthday_of(opened_at, at=datetime(2027, 1, 1, tzinfo=UTC)) == datetime(2026, 12, 30, tzinfo=UTC)

    @given(st.integers(0, 9_000), st.integers(0, 3_000))
    def test_is_one_of_the_last_days_or_none(self, age_days: int, hours: int) -> None:
        at = NOW + timedelta(hours=hours)

        birthday = birthday_of(at - age_days * DAY, at=at)

        assert birthday is None or at - BIRTHDAY_WITHIN < birthday <= at
