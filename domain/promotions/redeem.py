"""Redeeming: whether an account may use a code, and what it gives then."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.money import Money
from domain.promotions.discount import Discount, bonus_seconds, discounted_price
from domain.promotions.promotion import Buyers, CodeKind, PromoCode, Promotion, Uses
from domain.refusal import Refusal

UNKNOWN = Refusal("UnknownCode", "this code is not known")
"""Of a code that does not exist, is somebody else's or is switched off: the words are the same for all three."""

USED_UP = Refusal("UsedUp", "this code has been used as often as it can be")
USED_BY_YOU = Refusal("UsedByYou", "you have used this code already")


@dataclass(frozen=True, slots=True)
class Buyer:
    """
    Who uses a code.

    `last_bought_at` is the account's last purchase that is paid and not refunded in full; None: it has none. `is_new`:
    nobody who is the same person has bought before.
    """

    account_id: str
    is_new: bool = True
    last_bought_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """
    What is bought.

    `minimum_minor` is what the gateway charges at the least, `step_minor` what every amount is a multiple of there.
    `may_be_free`: nothing needs to be charged; else a price is the gateway's minimum at the least.
    """

    product_id: str
    price: Money
    seconds: int
    minimum_minor: int
    step_minor: int = 1
    may_be_free: bool = True


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a code gives: the price of the order with it, what that takes off, and seconds besides."""

    price: Money
    discount: Money
    bonus_seconds: int = 0


def redeem(code: PromoCode | None, buyer: Buyer, purchase: Purchase, uses: Uses, *, at: datetime) -> Redeemed | Refusal:
    """
    Return what a code gives for a purchase, or the first reason why it gives nothing.

    Args:
        code: None: there is none of this text.
        buyer: who buys.
        purchase: of one unit of one product.
        uses: without this one.
        at: aware UTC.

    Source: README.md, "Refusals".
    """
    if code is None or code.promotion.is_paused or code.account_id not in (None, buyer.account_id):
        return UNKNOWN
    for refusal in (*_refusals(code, buyer, uses, at), *_refusals_of_purchase(code.promotion, purchase)):
        return refusal
    given = given_by(code.promotion, purchase)
    return next(_over_budget(code.promotion, given, uses), given)


def redeem_alone(code: PromoCode | None, buyer: Buyer, seconds: int, uses: Uses, *, at: datetime) -> int | Refusal:
    """
    Return the seconds that a code gives without a purchase, or the first reason why it gives none.

    Args:
        code: None: there is none of this text.
        buyer: who redeems it.
        seconds: what its promotion gives: its own, or those of its free package.
        uses: without this one.
        at: aware UTC.

    Source: README.md, "Refusals".
    """
    if code is None or code.promotion.is_paused or code.account_id not in (None, buyer.account_id):
        return UNKNOWN
    for refusal in _refusals(code, buyer, uses, at):
        return refusal
    if code.promotion.needs_purchase or code.promotion.kind not in (CodeKind.BONUS_SECONDS, CodeKind.FREE_PACKAGE):
        return Refusal("NeedsPurchase", "this code comes with a purchase")
    limit = code.promotion.limits.budget_seconds
    return USED_UP if limit is not None and uses.seconds + seconds > limit else seconds


def given_by(promotion: Promotion, purchase: Purchase) -> Redeemed:
    """Return what a promotion gives for a purchase that meets its conditions."""
    price = purchase.price
    match promotion.kind:
        case CodeKind.PERCENT_OFF:
            return _cheaper(purchase, Discount(promotion.share))
        case CodeKind.AMOUNT_OFF:
            return _cheaper(purchase, Discount(amount=Money(promotion.amounts_minor[price.currency], price.currency)))
        case CodeKind.FREE_PACKAGE:
            return _cheaper(purchase, Discount(amount=price))
        case CodeKind.BONUS_SECONDS:
            return Redeemed(price, Money(0, price.currency), promotion.seconds)
        case CodeKind.BONUS_PERCENT:
            seconds = bonus_seconds(purchase.seconds, share=promotion.share)
            return Redeemed(price, Money(0, price.currency), seconds)


def _cheaper(purchase: Purchase, discount: Discount) -> Redeemed:
    full, minimum_minor = purchase.price, purchase.minimum_minor
    price = discounted_price(full, [discount], minimum_minor=minimum_minor, step_minor=purchase.step_minor)
    if price.minor == 0 and not purchase.may_be_free:
        price = Money(min(minimum_minor, full.minor), full.currency)
    return Redeemed(price, Money(full.minor - price.minor, full.currency))


def _refusals(code: PromoCode, buyer: Buyer, uses: Uses, at: datetime) -> Iterator[Refusal]:
    """Give every reason of time, limits and buyer, in the order of README.md, "Refusals"."""
    conditions, limits = code.promotion.conditions, code.promotion.limits
    if conditions.starts_at is not None and at < conditions.starts_at:
        yield Refusal("TooEarly", "this code cannot be used yet")
    if conditions.ends_at is not None and at >= conditions.ends_at:
        yield Refusal("CodeExpired", "this code has expired")
    if limits.uses is not None and uses.total >= limits.uses:
        yield USED_UP
    if code.uses_limit is not None and uses.of_code >= code.uses_limit:
        yield USED_UP
    if limits.uses_each is not None and uses.of_person >= limits.uses_each:
        yield USED_BY_YOU
    if limits.uses_a_day is not None and uses.today >= limits.uses_a_day:
        yield Refusal("UsedUpToday", "this code has been used as often as it can be today; try it tomorrow")
    if (conditions.is_for_first_purchase or conditions.buyers is Buyers.NEW) and not buyer.is_new:
        yield Refusal("FirstPurchaseOnly", "this code is for a first purchase")
    if conditions.buyers is Buyers.RETURNING:
        pause, last = timedelta(days=conditions.returning_after_days), buyer.last_bought_at
        if last is None or at - last < pause:
            yield Refusal("ReturningBuyersOnly", "this code is for those who have not bought for a while")


def _refusals_of_purchase(promotion: Promotion, purchase: Purchase) -> Iterator[Refusal]:
    conditions, currency = promotion.conditions, purchase.price.currency
    if conditions.product_ids and purchase.product_id not in conditions.product_ids:
        yield Refusal("OtherProduct", "this code is for another product")
    if promotion.kind is CodeKind.FREE_PACKAGE and purchase.product_id != promotion.product_id:
        yield Refusal("OtherProduct", "this code is for another product")
    budgets = promotion.limits.budget_minor
    takes_currency = all(
        currency in named
        for named in (conditions.currencies, conditions.minimum_minor, budgets, promotion.amounts_minor)
        if named
    )
    if not takes_currency:
        yield Refusal("OtherCurrency", f"this code does not count for prices in {currency}")
    elif purchase.price.minor < purchase.minimum_minor:
        yield Refusal("BelowMinimum", "no code counts for so small a price")
    elif purchase.price.minor < conditions.minimum_minor.get(currency, 0):
        least = Money(conditions.minimum_minor[currency], currency)
        yield Refusal("BelowMinimum", f"this code counts for purchases of at least {least}")


def _over_budget(promotion: Promotion, given: Redeemed, uses: Uses) -> Iterator[Refusal]:
    limits, currency = promotion.limits, given.discount.currency
    if limits.budget_seconds is not None and uses.seconds + given.bonus_seconds > limits.budget_seconds:
        yield USED_UP
    if limits.budget_minor and uses.minor.get(currency, 0) + given.discount.minor > limits.budget_minor[currency]:
        yield USED_UP
