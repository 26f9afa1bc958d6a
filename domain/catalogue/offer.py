"""Offers: whether a product can be bought once in a currency, and for how much."""

from domain.catalogue.product import Product, ProductKind
from domain.money import Money
from domain.refusal import Refusal


def offer_price(product: Product | None, currency: str) -> Money | Refusal:
    """
    Return what a product costs, or why it cannot be bought.

    Source: README.md, "Buying".
    """
    if product is None or not product.is_active:
        return Refusal("UnknownProduct", "this product is not on offer")
    if product.kind is not ProductKind.ONE_OFF:
        return Refusal("Subscription", f"{product.id} is paid for every period; it cannot be bought once")
    if currency not in product.prices:
        return Refusal("NoPrice", f"{product.id} has no price in {currency}; it has {', '.join(product.prices)}")
    return product.prices[currency]
