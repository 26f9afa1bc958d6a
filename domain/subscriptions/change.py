"""Changing the product: at once for a higher price, at the period's end for a lower one."""

from dataclasses import replace
from datetime import datetime

from domain.money import Money
from domain.refusal import Refusal
from domain.subscriptions.cancel import ENDED, ENDS_WITH_PERIOD
from domain.subscriptions.subscription import Subscription, SubscriptionStatus, scheduled

NO_CHANGE = Refusal("NoChange", "this is the product of the subscription already")


def refuse_change(subscription: Subscription, product_id: str, price: Money) -> Refusal | None:
    """Return why a subscription cannot change to a product, or None."""
    if subscription.has_ended:
        return ENDED
    if subscription.status is not SubscriptionStatus.ACTIVE:
        return Refusal("NotActive", f"this subscription is {subscription.status}; only an active one can be changed")
    if subscription.cancel_at_period_end:
        # It would be charged, or announced, for what its buyer has cancelled.
        return ENDS_WITH_PERIOD
    if price.currency != subscription.price.currency:
        return Refusal("OtherCurrency", f"this subscription is paid in {subscription.price.currency}")
    if product_id == subscription.product_id and price == subscription.price and subscription.next_product_id is None:
        return NO_CHANGE
    return None


def takes_back(subscription: Subscription, product_id: str) -> bool:
    """
    Tell whether a change to a product only takes back the one that waits.

    Then the price is the one that was agreed, whatever the product costs now, and also if it is not for sale any more.
    """
    return subscription.next_product_id is not None and product_id == subscription.product_id


def upgrade_price(price: Money, worth: Money) -> Money | Refusal:
    """
    Return what is charged for a change at once: the new price less the worth of what is not used yet.

    Args:
        price: of the new product.
        worth: of the unused seconds of the present period, as a refund would have it; in the same currency.
    """
    if worth.minor >= price.minor:
        return Refusal("WorthMore", "what is not used yet is worth more than the new price; change at the period's end")
    return Money(price.minor - worth.minor, price.currency)


def change_at_period_end(subscription: Subscription, product_id: str, price: Money, *, at: datetime) -> Subscription:
    """Return a subscription whose next period is of another product; the present product again takes that back."""
    is_same = product_id == subscription.product_id and price == subscription.price
    return scheduled(
        replace(
            subscription,
            next_product_id=None if is_same else product_id,
            next_price_minor=None if is_same else price.minor,
            updated_at=at,
        )
    )
