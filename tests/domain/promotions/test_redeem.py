"""README.md, "Limits" and "Refusals"."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.money import Money
from domain.promotions.promotion import Buyers, CodeKind, Conditions, Limits, PromoCode, Uses
from domain.promotions.redeem import UNKNOWN, Purchase, Redeemed, redeem
from domain.refusal import Refusal

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TENTH_OFF = PromoCode("c1", "SUMMER10", "SUMMER10", CodeKind.PERCENT_OFF, share=1_000)
BUYING = Purchase("ada", "standard", Money(99_900, "RUB"), 18_000, minimum_minor=100)


def refused(code: PromoCode | None, purchase: Purchase = BUYING, uses: Uses | None = None) -> str:
    """The code of the refusal."""
    answer = redeem(code, purchase, uses or Uses(), at=NOON)
    assert isinstance(answer, Refusal)
    return answer.code


def under(**conditions: object) -> PromoCode:
    """A tenth off under conditions."""
    return replace(TENTH_OFF, conditions=Conditions(**conditions))  # type: ignore[arg-type]


def limited(**limits: object) -> PromoCode:
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
    def test_what_its_kind_says(self, code: PromoCode, price_minor: int, bonus: int) -> None:
        given = redeem(code, BUYING, Uses(), at=NOON)

        assert given == Redeemed(Money(price_minor, "RUB"), Money(99_900 - price_minor, "RUB"), bonus)


class TestRefuses:
    def test_unknown_foreign_and_paused_codes_in_the_same_words(self) -> None:
        foreign, paused = replace(TENTH_OFF, account_id="bob"), replace(TENTH_OFF, is_paused=True)

        answers = [redeem(code, BUYING, Uses(), at=NOON) for code in (None, foreign, paused)]

        assert answers == [UNKNOWN] * 3

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
    def test_what_its_conditions_exclude(self, code: PromoCode, wanted: str) -> None:
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
    def test_what_is_beyond_its_limits(self, code: PromoCode, uses: Uses, wanted: str) -> None:
        assert refused(code, uses=uses) == wanted

    def test_those_who_bought_before_where_it_is_for_a_first_purchase(self) -> None:
        again = replace(BUYING, is_new=False, last_bought_at=NOON - 3 * DAY)

        assert refused(under(is_for_first_purchase=True), again) == "FirstPurchaseOnly"
        assert refused(under(buyers=Buyers.NEW), again) == "FirstPurchaseOnly"
        assert refused(under(buyers=Buyers.RETURNING, returning_after_days=4), again) == "ReturningBuyersOnly"
        assert isinstance(
            redeem(under(buyers=Buyers.RETURNING, returning_after_days=3), again, Uses(), at=NOON), Redeemed
        )

    def test_renewals_unless_it_counts_for_them(self) -> None:
        renewal = replace(BUYING, is_renewal=True)

        assert refused(TENTH_OFF, renewal) == "NotForRenewals"
        assert isinstance(redeem(under(counts_for_renewals=True), renewal, Uses(), at=NOON), Redeemed)

    def test_with_the_first_reason_that_applies(self) -> None:
        code = replace(limited(uses=1), conditions=Conditions(ends_at=NOON, product_ids=frozenset({"large"})))

        assert refused(code, uses=Uses(total=1, of_person=1)) == "CodeExpired"


class TestAccepts:
    def test_up_to_its_limits(self) -> None:
        code = replace(limited(uses=3, uses_each=2, uses_a_day=3, budget_minor={"RUB": 9_990}))

        given = redeem(code, BUYING, Uses(total=2, of_person=1, today=2), at=NOON)

        assert isinstance(given, Redeemed)
        assert given.discount == Money(9_990, "RUB")

    def test_from_its_first_moment_until_just_before_its_end(self) -> None:
        assert isinstance(redeem(under(starts_at=NOON), BUYING, Uses(), at=NOON), Redeemed)
        assert isinstance(redeem(under(ends_at=NOON + timedelta(microseconds=1)), BUYING, Uses(), at=NOON), Redeemed)
