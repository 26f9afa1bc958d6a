"""Redeeming: whether an account may use a code for a purchase, and what it gives then."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.money import Money
from domain.promotions.discount import Discount, bonus_seconds, discounted_price
from domain.promotions.promotion import Buyers, CodeKind, PromoCode, Uses
from domain.refusal import Refusal

UNKNOWN = Refusal("UnknownCode", "this code is not known")
"""Of a code that does not exist, is somebody else's or is switched off: the words are the same for all three."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """
    What is bought, and who buys.

    `minimum_minor` is what the gateway charges at the least. `last_bought_at` is the account's last purchase that is
    paid and not refunded in full; None: it has none. `is_new`: nobody who is the same person has bought before.
    """

    account_id: str
    product_id: str
    price: Money
    seconds: int
    minimum_minor: int
    is_new: bool = True
    last_bought_at: datetime | None = None
    is_renewal: bool = False


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a code gives: the price of the order with it, what that takes off, and seconds besides."""

    price: Money
    discount: Money
    bonus_seconds: int = 0


def redeem(code: PromoCode | None, purchase: Purchase, uses: Uses, *, at: datetime) -> Redeemed | Refusal:
    """
    Return what a code gives for a purchase, or the first reason why it gives nothing.

    Args:
        code: None: there is none of this text.
        purchase: of one unit of one product.
        uses: without this one.
        at: aware UTC.

    Source: README.md, "Refusals".
    """
    if code is None or code.is_paused or code.account_id not in (None, purchase.account_id):
        return UNKNOWN
    for refusal in _refusals(code, purchase, uses, at):
        return refusal
    given = given_by(code, purchase)
    return next(_over_budget(code, given, uses), given)


def given_by(code: PromoCode, purchase: Purchase) -> Redeemed:
    """Return what a code gives for a purchase that meets its conditions."""
    price, free = purchase.price, Money(0, purchase.price.currency)
    match code.kind:
        case CodeKind.PERCENT_OFF:
            price = discounted_price(price, [Discount(code.share)], minimum_minor=purchase.minimum_minor)
        case CodeKind.AMOUNT_OFF:
            amount = Money(code.amounts_minor[price.currency], price.currency)
            price = discounted_price(price, [Discount(amount=amount)], minimum_minor=purchase.minimum_minor)
        case CodeKind.BONUS_SECONDS:
            return Redeemed(price, free, code.seconds)
        case CodeKind.BONUS_PERCENT:
            return Redeemed(price, free, bonus_seconds(purchase.seconds, share=code.share))
        case CodeKind.FREE_PACKAGE:
            price = free
    return Redeemed(price, Money(purchase.price.minor - price.minor, price.currency))


def _refusals(code: PromoCode, purchase: Purchase, uses: Uses, at: datetime) -> Iterator[Refusal]:
    """Give every reason against it, in the order of README.md, "Refusals"."""
    conditions, limits, currency = code.conditions, code.limits, purchase.price.currency
    if conditions.starts_at is not None and at < conditions.starts_at:
        yield Refusal("TooEarly", "this code cannot be used yet")
    if conditions.ends_at is not None and at >= conditions.ends_at:
        yield Refusal("CodeExpired", "this code has expired")
    if limits.uses is not None and uses.total >= limits.uses:
        yield Refusal("UsedUp", "this code has been used as often as it can be")
    if limits.uses_each is not None and uses.of_person >= limits.uses_each:
        yield Refusal("UsedByYou", "you have used this code already")
    if limits.uses_a_day is not None and uses.today >= limits.uses_a_day:
        yield Refusal("UsedUpToday", "this code has been used as often as it can be today; try it tomorrow")
    yield from _refusals_of_buyer(code, purchase, at)
    if conditions.product_ids and purchase.product_id not in conditions.product_ids:
        yield Refusal("OtherProduct", "this code is for another product")
    if code.kind is CodeKind.FREE_PACKAGE and purchase.product_id != code.product_id:
        yield Refusal("OtherProduct", "this code is for another product")
    if purchase.is_renewal and not conditions.counts_for_renewals:
        yield Refusal("NotForRenewals", "this code does not count for renewals")
    takes_currency = all(
        currency in named
        for named in (conditions.currencies, conditions.minimum_minor, limits.budget_minor, code.amounts_minor)
        if named
    )
    if not takes_currency:
        yield Refusal("OtherCurrency", f"this code does not count for prices in {currency}")
    elif purchase.price.minor < conditions.minimum_minor.get(currency, 0):
        least = Money(conditions.minimum_minor[currency], currency)
        yield Refusal("BelowMinimum", f"this code counts for purchases of at least {least}")


def _refusals_of_buyer(code: PromoCode, purchase: Purchase, at: datetime) -> Iterator[Refusal]:
    conditions, last = code.conditions, purchase.last_bought_at
    if (conditions.is_for_first_purchase or conditions.buyers is Buyers.NEW) and not purchase.is_new:
        yield Refusal("FirstPurchaseOnly", "this code is for a first purchase")
    if conditions.buyers is Buyers.RETURNING:
        pause = timedelta(days=conditions.returning_after_days)
        if last is None or at - last < pause:
            yield Refusal("ReturningBuyersOnly", "this code is for those who have not bought for a while")


def _over_budget(code: PromoCode, given: Redeemed, uses: Uses) -> Iterator[Refusal]:
    limits, currency = code.limits, given.discount.currency
    spent = Refusal("UsedUp", "this code has been used as often as it can be")
    if limits.budget_seconds is not None and uses.seconds + given.bonus_seconds > limits.budget_seconds:
        yield spent
    if limits.budget_minor and uses.minor.get(currency, 0) + given.discount.minor > limits.budget_minor[currency]:
        yield spent
