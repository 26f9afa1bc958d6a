"""README.md, "Price"."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.promotions.discount import Discount, UnableToDiscount, bonus_seconds, discounted_price

CURRENCIES = st.sampled_from(["RUB", "JPY", "KWD", "CLF"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Money, list[Discount], int]:
    """A price that its gateway takes, discounts in its currency, and what the gateway charges at the least."""
    currency = draw(CURRENCIES)
    minimum_minor = draw(st.integers(1, 10_000))
    price = Money(draw(st.one_of(st.just(0), st.integers(minimum_minor, 10**12))), currency)
    amounts = st.one_of(st.none(), st.integers(0, 10**12).map(lambda minor: Money(minor, currency)))
    discounts = st.builds(Discount, st.integers(0, 10_000), amounts)
    return price, draw(st.lists(discounts, max_size=4)), minimum_minor


class TestDiscountedPrice:
    @given(cases(), st.randoms(use_true_random=False))
    def test_is_zero_or_what_the_gateway_takes(self, case: tuple[Money, list[Discount], int], chance: "object") -> None:
        price, discounts, minimum_minor = case
        total = discounted_price(price, discounts, minimum_minor=minimum_minor)

        assert total.currency == price.currency
        assert total.minor == 0 or minimum_minor <= total.minor <= price.minor
        shuffled = list(discounts)
        chance.shuffle(shuffled)  # type: ignore[attr-defined]
        assert discounted_price(price, shuffled, minimum_minor=minimum_minor) == total

    @given(cases())
    def test_is_never_above_the_exact_value_but_for_the_minimum(self, case: tuple[Money, list[Discount], int]) -> None:
        price, discounts, minimum_minor = case
        exact = Fraction(price.minor)
        for discount in discounts:
            exact *= Fraction(10_000 - discount.share, 10_000)
        exact -= sum(discount.amount.minor for discount in discounts if discount.amount)

        total = discounted_price(price, discounts, minimum_minor=minimum_minor).minor

        assert total <= max(exact, 0) or total == minimum_minor
        assert total > exact - 1 or exact < 0

    @pytest.mark.parametrize(
        ("price", "discounts", "total"),
        [
            (99_900, [Discount(share=1_500)], 84_915),
            (99_999, [Discount(share=3_333)], 66_669),
            (99_900, [Discount(share=1_000), Discount(amount=Money(10_000, "RUB"))], 79_910),
            (99_900, [Discount(share=9_999)], 100),
            (99_900, [Discount(share=10_000)], 0),
            (99_900, [Discount(amount=Money(99_900, "RUB"))], 0),
            (99_900, [Discount(amount=Money(99_899, "RUB"))], 100),
            (0, [], 0),
        ],
    )
    def test_of_examples(self, price: int, discounts: list[Discount], total: int) -> None:
        assert discounted_price(Money(price, "RUB"), discounts, minimum_minor=100) == Money(total, "RUB")

    @pytest.mark.parametrize(("price", "total"), [(499_900, 449_900), (300_000, 270_000), (18_500, 17_500)])
    def test_is_a_multiple_of_what_the_gateway_charges(self, price: int, total: int) -> None:
        found = discounted_price(Money(price, "HUF"), [Discount(share=1_000)], minimum_minor=175_00, step_minor=100)

        assert found == Money(total, "HUF")

    def test_refuses_what_does_not_fit(self) -> None:
        with pytest.raises(UnableToDiscount, match="JPY cannot be taken off"):
            discounted_price(Money(500, "RUB"), [Discount(amount=Money(1, "JPY"))], minimum_minor=100)
        with pytest.raises(UnableToDiscount, match="cannot be charged"):
            discounted_price(Money(99, "RUB"), [], minimum_minor=100)
        with pytest.raises(UnableToDiscount, match="between 0 and 100"):
            Discount(share=10_001)
        with pytest.raises(UnableToDiscount, match="higher"):
            Discount(amount=Money(-1, "RUB"))


class TestBonusSeconds:
    def test_are_whole_and_rounded_down(self) -> None:
        assert bonus_seconds(3_599, share=1_000) == 359
        assert bonus_seconds(3_600, share=10_000) == 3_600
