"""The reasons of notices about subscriptions: as things stand with the subscription now."""

from dataclasses import replace
from datetime import datetime

from domain.catalogue.product import Product
from domain.notices.content import (
    ActionNeeded,
    PaymentFailed,
    PurchaseReceipt,
    RenewalComing,
    SubscriptionCancelled,
    SubscriptionChanged,
)
from domain.payments.stored_method import StoredMethod
from domain.subscriptions.renew import discounted, next_price
from domain.subscriptions.subscription import (
    RENEWED_BEFORE_END,
    Subscription,
    SubscriptionStatus,
    next_charge_at,
)

AboutSubscription = ActionNeeded | PaymentFailed | RenewalComing | SubscriptionCancelled | SubscriptionChanged
"""Contents whose reason may be gone; that something has begun or ended stays true, so does a change that was made."""


def why_lost(subscription: Subscription | None, content: AboutSubscription, *, now: datetime) -> str | None:
    """
    Return why a notice about a subscription is not sent any more; None: it is.

    Args:
        subscription: as it is now; None: there is none.
        content: what the notice says.
        now: aware UTC.
    """
    if subscription is None:
        return "there is no such subscription"
    match content:
        case RenewalComing():
            if content.charged_at <= now:
                return "the renewal is due already"
            opens_at = next_charge_at(subscription)
            if opens_at is None:
                return "the subscription will not be charged"
            # Its period may have begun anew, with a notice of its own.
            return None if opens_at == content.charged_at else "the renewal comes at another moment"
        case PaymentFailed():
            return None if subscription.is_owed else _not_owed(subscription)
        case ActionNeeded():
            if not subscription.is_owed:
                return _not_owed(subscription)
            return None if subscription.needs_buyer else "the buyer has done their part"
        case SubscriptionCancelled():
            is_cancelled = subscription.cancel_at_period_end or subscription.has_ended
            return None if is_cancelled else "the cancellation was taken back"
        case SubscriptionChanged():
            is_to_come = content.method_label is None and content.effective_at > now
            is_so = subscription.next_product_id is not None and subscription.next_price_minor == content.price.minor
            return None if not is_to_come or is_so else "the change does not wait any more"


def as_it_comes(
    subscription: Subscription, product: Product | None, method: StoredMethod | None, content: RenewalComing
) -> RenewalComing:
    """
    Return a notice of the next renewal with the product, the price and the method that it will have, as things stand.

    Args:
        subscription: as it is now.
        product: that it changes to with that renewal; None: it stays.
        method: that is charged; None: nothing is saved that could be.
        content: what the notice said when it was owed.
    """
    content = replace(
        content,
        method_label=None if method is None else method.label,
        lacks_method=method is None,
        ends_pause=subscription.status is SubscriptionStatus.PAUSED,
    )
    if product is None or product.period is None:
        return replace(content, title=subscription.title, price=discounted(subscription, subscription.price))
    title = product.wording(subscription.locale).name
    return replace(content, title=title, price=next_price(subscription), period=product.period)


def as_paid(subscription: Subscription | None, content: PurchaseReceipt) -> PurchaseReceipt:
    """
    Return the receipt of a subscription's first payment with what comes next, as things stand.

    Args:
        subscription: as it is now; it may not have heard of the payment yet, or have ended before it.
        content: what the notice said when it was owed.
    """
    if subscription is None or subscription.has_ended:
        return replace(content, is_start=False, renews_at=None)
    if subscription.status is SubscriptionStatus.PENDING and content.renews_at is not None:
        return replace(content, renews_at=content.renews_at - RENEWED_BEFORE_END)
    return replace(content, renews_at=subscription.next_attempt_at)


def _not_owed(subscription: Subscription) -> str:
    is_paid = subscription.status is SubscriptionStatus.ACTIVE
    return "the renewal is paid" if is_paid else "the subscription is not charged any more"
