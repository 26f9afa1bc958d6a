"""Discounts: what an order costs with what is taken off."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.money import Money

WHOLE = 10_000
"""Hundredths of a percent in all of it."""


class UnableToDiscount(ValueError):
    """A price, a discount and a gateway's minimum do not fit together."""


@dataclass(frozen=True, slots=True)
class Discount:
    """
    What is taken off a price: a share of it in hundredths of a percent (0 to 10 000), then an amount.

    Source: README.md, "Price".
    """

    share: int = 0
    amount: Money | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.share <= WHOLE:
            raise UnableToDiscount(f"a discount of {self.share / 100:g} percent is not between 0 and 100")
        if self.amount is not None and self.amount.minor < 0:
            raise UnableToDiscount(f"a discount of {self.amount} would make the price higher")


def discounted_price(price: Money, discounts: Iterable[Discount], *, minimum_minor: int, step_minor: int = 1) -> Money:
    """
    Return what an order costs.

    Args:
        price: before discounts; 0 or at least the minimum.
        discounts: any number, in any order.
        minimum_minor: what the gateway charges at the least, in minor units of the price's currency; at least 1.
        step_minor: what every amount that it charges is a multiple of, the price and the minimum too; at least 1.

    Returns:
        0, or a multiple of the step between the minimum and the price.

    Raises:
        UnableToDiscount: an amount is of another currency, or the price itself is below the minimum.

    Source: README.md, "Price".
    """
    if minimum_minor < 1 or 0 < price.minor < minimum_minor or price.minor < 0:
        raise UnableToDiscount(f"{price} cannot be charged where {minimum_minor} minor units are the least")
    # One fraction for all shares, so that rounding happens once and in no order.
    numerator, denominator, amounts_minor = price.minor, 1, 0
    for discount in discounts:
        numerator *= WHOLE - discount.share
        denominator *= WHOLE
        if discount.amount is not None:
            if discount.amount.currency != price.currency:
                raise UnableToDiscount(f"{discount.amount} cannot be taken off a price in {price.currency}")
            amounts_minor += discount.amount.minor
    left_minor = numerator // denominator - amounts_minor
    if left_minor <= 0:
        return Money(0, price.currency)
    return Money(max(left_minor - left_minor % step_minor, minimum_minor), price.currency)


def bonus_seconds(bought_seconds: int, *, share: int) -> int:
    """Return a share, in hundredths of a percent, of the seconds that are bought; whole seconds, rounded down."""
    return bought_seconds * share // WHOLE
