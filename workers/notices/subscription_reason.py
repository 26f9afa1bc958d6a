"""The reasons of notices about subscriptions: as things stand with the subscription now."""

from datetime import datetime

from domain.notices.content import ActionNeeded, PaymentFailed, RenewalComing, SubscriptionCancelled
from domain.subscriptions.subscription import Subscription, SubscriptionStatus, renewal_opens_at

AboutSubscription = ActionNeeded | PaymentFailed | RenewalComing | SubscriptionCancelled
"""Contents whose reason may be gone; that something has begun, changed or ended stays true."""


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
            return None if renewal_opens_at(subscription) is not None else "the subscription will not be charged"
        case PaymentFailed():
            return None if subscription.is_owed else _not_owed(subscription)
        case ActionNeeded():
            if not subscription.is_owed:
                return _not_owed(subscription)
            return None if subscription.needs_buyer else "the buyer has done their part"
        case SubscriptionCancelled():
            is_cancelled = subscription.cancel_at_period_end or subscription.has_ended
            return None if is_cancelled else "the cancellation was taken back"


def _not_owed(subscription: Subscription) -> str:
    is_paid = subscription.status is SubscriptionStatus.ACTIVE
    return "the renewal is paid" if is_paid else "the subscription is not charged any more"
