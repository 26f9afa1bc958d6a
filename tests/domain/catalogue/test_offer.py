"""Offers: what can be bought, in which currency, and for how much."""

from dataclasses import replace

from domain.catalogue.offer import offer_price
from domain.catalogue.product import Product, ProductKind
from domain.money import Money
from domain.refusal import Refusal

STANDARD = Product(
    "standard", ProductKind.ONE_OFF, 18_000, None, prices={"RUB": Money(69_900, "RUB"), "EUR": Money(799, "EUR")}
)


def code_of(product: Product | None, currency: str = "RUB") -> str:
    """The code of a refusal."""
    found = offer_price(product, currency)
    assert isinstance(found, Refusal)
    return found.code


class TestOfferPrice:
    def test_is_the_price_in_that_currency(self) -> None:
        assert offer_price(STANDARD, "EUR") == Money(799, "EUR")

    def test_is_refused_with_what_would_be_right(self) -> None:
        refusal = offer_price(STANDARD, "JPY")

        assert refusal == Refusal("NoPrice", "standard has no price in JPY; it has RUB, EUR")

    def test_is_refused_where_nothing_is_on_offer(self) -> None:
        assert code_of(None) == "UnknownProduct"
        assert code_of(replace(STANDARD, is_active=False)) == "UnknownProduct"
        assert code_of(replace(STANDARD, kind=ProductKind.SUBSCRIPTION)) == "Subscription"
