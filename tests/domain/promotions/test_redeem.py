"""README.md, "Limits" and "Refusals"."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.money import Money
from domain.promotions.promotion import Buyers, CodeKind, Conditions, Limits, PromoCode, Promotion, Uses
from domain.promotions.redeem import UNKNOWN, Buyer, Purchase, Redeemed, redeem, redeem_alone
from domain.refusal import Refusal

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TENTH_OFF = Promotion("summer", CodeKind.PERCENT_OFF, share=1_000)
ADA = Buyer("ada")
BUYING = Purchase("standard", Money(99_900, "RUB"), 18_000, minimum_minor=100)


def redeemed(
    promotion: Promotion, *, buyer: Buyer = ADA, purchase: Purchase = BUYING, uses: Uses | None = None
) -> Redeemed | Refusal:
    """What a code of a promotion gives."""
    return redeem(PromoCode("SUMMER10", promotion), buyer, purchase, uses or Uses(), at=NOON)


def refused(promotion: Promotion, **more: Any) -> str:
    """The code of the refusal."""
    answer = redeemed(promotion, **more)
    assert isinstance(answer, Refusal)
    return answer.code


def under(**conditions: object) -> Promotion:
    """A tenth off under conditions."""
    return replace(TENTH_OFF, conditions=Conditions(**conditions))  # type: ignore[arg-type]


def limited(**limits: object) -> Promotion:
    """A tenth off within limits."""
    return replace(TENTH_OFF, limits=Limits(**limits))  # type: ignore[arg-type]


class TestGives:
    @pytest.mark.parametrize(
        ("code", "price_minor", "bonus"),
        [
            (TENTH_OFF, 89_910, 0),
            (replace(TENTH_OFF, kind=CodeKind.AMOUNT_OFF, amounts_minor={"RUB": 20_000}), 79_900, 0),
            (replace(TENTH_OFF, kind=CodeKind.BONUS_SECONDS, seconds=600), 99_900, 600),
            (replace(TENTH_OFF, kind=CodeKind.BONUS_PERCENT), 99_900, 1_800),
            (replace(TENTH_OFF, kind=CodeKind.FREE_PACKAGE, product_id="standard"), 0, 0),
        ],
    )
    def test_what_its_kind_says(self, code: Promotion, price_minor: int, bonus: int) -> None:
        given = redeemed(code)

        assert given == Redeemed(Money(price_minor, "RUB"), Money(99_900 - price_minor, "RUB"), bonus)


class TestRefuses:
    def test_unknown_foreign_and_paused_codes_in_the_same_words(self) -> None:
        foreign, paused = (
            PromoCode("X", TENTH_OFF, account_id="bob"),
            PromoCode("X", replace(TENTH_OFF, is_paused=True)),
        )

        answers = [redeem(code, ADA, BUYING, Uses(), at=NOON) for code in (None, foreign, paused)]
        alone = [redeem_alone(code, ADA, 60, Uses(), at=NOON) for code in (None, foreign, paused)]

        assert answers == alone == [UNKNOWN] * 3

    @pytest.mark.parametrize(
        ("code", "wanted"),
        [
            (under(starts_at=NOON + DAY), "TooEarly"),
            (under(ends_at=NOON), "CodeExpired"),
            (under(product_ids=frozenset({"large"})), "OtherProduct"),
            (replace(TENTH_OFF, kind=CodeKind.FREE_PACKAGE, product_id="large"), "OtherProduct"),
            (under(currencies=frozenset({"EUR"})), "OtherCurrency"),
            (under(minimum_minor={"EUR": 100}), "OtherCurrency"),
            (limited(budget_minor={"EUR": 100}), "OtherCurrency"),
            (replace(TENTH_OFF, kind=CodeKind.AMOUNT_OFF, amounts_minor={"EUR": 100}), "OtherCurrency"),
            (under(minimum_minor={"RUB": 99_901}), "BelowMinimum"),
            (under(buyers=Buyers.RETURNING), "ReturningBuyersOnly"),
        ],
    )
    def test_what_its_conditions_exclude(self, code: Promotion, wanted: str) -> None:
        assert refused(code) == wanted

    @pytest.mark.parametrize(
        ("code", "uses", "wanted"),
        [
            (limited(uses=3), Uses(total=3), "UsedUp"),
            (limited(), Uses(of_person=1), "UsedByYou"),
            (limited(uses_a_day=5), Uses(today=5), "UsedUpToday"),
            (limited(budget_minor={"RUB": 10_000}), Uses(minor={"RUB": 11}), "UsedUp"),
            (
                replace(limited(budget_seconds=1_000), kind=CodeKind.BONUS_SECONDS, seconds=600),
                Uses(seconds=401),
                "UsedUp",
            ),
        ],
    )
    def test_what_is_beyond_its_limits(self, code: Promotion, uses: Uses, wanted: str) -> None:
        assert refused(code, uses=uses) == wanted

    def test_those_who_bought_before_where_it_is_for_a_first_purchase(self) -> None:
        again = Buyer("ada", is_new=False, last_bought_at=NOON - 3 * DAY)

        assert refused(under(is_for_first_purchase=True), buyer=again) == "FirstPurchaseOnly"
        assert refused(under(buyers=Buyers.NEW), buyer=again) == "FirstPurchaseOnly"
        assert refused(under(buyers=Buyers.RETURNING, returning_after_days=4), buyer=again) == "ReturningBuyersOnly"
        assert isinstance(redeemed(under(buyers=Buyers.RETURNING, returning_after_days=3), buyer=again), Redeemed)

    def test_with_the_first_reason_that_applies(self) -> None:
        code = replace(limited(uses=1), conditions=Conditions(ends_at=NOON, product_ids=frozenset({"large"})))

        assert refused(code, uses=Uses(total=1, of_person=1)) == "CodeExpired"


class TestAccepts:
    def test_up_to_its_limits(self) -> None:
        code = replace(limited(uses=3, uses_each=2, uses_a_day=3, budget_minor={"RUB": 9_990}))

        given = redeemed(code, uses=Uses(total=2, of_person=1, today=2))

        assert isinstance(given, Redeemed)
        assert given.discount == Money(9_990, "RUB")

    def test_from_its_first_moment_until_just_before_its_end(self) -> None:
        assert isinstance(redeemed(under(starts_at=NOON)), Redeemed)
        assert isinstance(redeemed(under(ends_at=NOON + timedelta(microseconds=1))), Redeemed)

    def test_a_renewal_at_the_gateways_minimum_where_it_cannot_be_free(self) -> None:
        all_off, start = replace(TENTH_OFF, share=10_000), replace(BUYING, may_be_free=False)

        assert redeemed(all_off, purchase=start) == Redeemed(Money(100, "RUB"), Money(99_800, "RUB"))


class TestAlone:
    def test_gives_seconds_where_no_purchase_is_needed(self) -> None:
        bonus = replace(TENTH_OFF, kind=CodeKind.BONUS_SECONDS, seconds=600, needs_purchase=False)

        assert redeem_alone(PromoCode("TEN", bonus), ADA, 600, Uses(), at=NOON) == 600

    @pytest.mark.parametrize(
        ("promotion", "uses", "wanted"),
        [
            (TENTH_OFF, Uses(), "NeedsPurchase"),
            (replace(TENTH_OFF, kind=CodeKind.BONUS_SECONDS, seconds=600), Uses(), "NeedsPurchase"),
            (
                replace(limited(budget_seconds=1_000), kind=CodeKind.BONUS_SECONDS, seconds=600, needs_purchase=False),
                Uses(seconds=401),
                "UsedUp",
            ),
        ],
    )
    def test_refuses(self, promotion: Promotion, uses: Uses, wanted: str) -> None:
        answer = redeem_alone(PromoCode("TEN", promotion), ADA, 600, uses, at=NOON)

        assert isinstance(answer, Refusal)
        assert answer.code == wanted

    def test_refuses_a_single_use_code_that_is_used(self) -> None:
        bonus = replace(TENTH_OFF, kind=CodeKind.BONUS_SECONDS, seconds=600, needs_purchase=False)

        answer = redeem_alone(PromoCode("TEN", bonus, uses_limit=1), ADA, 600, Uses(of_code=1), at=NOON)

        assert isinstance(answer, Refusal)
        assert answer.code == "UsedUp"
