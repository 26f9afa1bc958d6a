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
        return _NOT_ON_OFFER
    if product.kind is not ProductKind.ONE_OFF:
        return Refusal("Subscription", f"{product.id} is paid for every period; it cannot be bought once")
    return _price(product, currency)


def subscription_price(product: Product | None, currency: str) -> Money | Refusal:
    """
    Return what a product costs every period, or why it cannot be subscribed to.

    Source: README.md, "Buying".
    """
    if product is None or not product.is_active:
        return _NOT_ON_OFFER
    if product.kind is not ProductKind.SUBSCRIPTION or product.period is None:
        return Refusal("NoSubscription", f"{product.id} is bought once; it has no period")
    return _price(product, currency)


def _price(product: Product, currency: str) -> Money | Refusal:
    if currency not in product.prices:
        return Refusal("NoPrice", f"{product.id} has no price in {currency}; it has {', '.join(product.prices)}")
    return product.prices[currency]


_NOT_ON_OFFER = Refusal("UnknownProduct", "this product is not on offer")
