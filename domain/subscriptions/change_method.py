"""Changing the method: a subscription is charged by another saved method from now on, perhaps of another gateway."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.refusal import Refusal
from domain.subscriptions.cancel import ENDED
from domain.subscriptions.dun import retry_at_once
from domain.subscriptions.subscription import Subscription, SubscriptionStatus


@dataclass(frozen=True, slots=True)
class MethodChange:
    """
    What is kept of a change of method: by which one its subscription is charged from then on, who wanted it, and why.

    `old_gateway` may have been asked for money of orders that are paid through another one; `message_id` is the number
    of the request.
    """

    subscription_id: str
    method_id: int
    old_gateway: str
    gateway: str
    changed_by: str
    reason: str | None
    message_id: int
    changed_at: datetime


def refuse_change_of_method(subscription: Subscription) -> Refusal | None:
    """Return why a subscription cannot be charged by another method, or None."""
    if subscription.has_ended:
        return ENDED
    if subscription.status is SubscriptionStatus.PENDING:
        return Refusal("NotActive", "nobody has paid for this subscription yet; start it again through another gateway")
    return None


def change_method(
    subscription: Subscription, gateway: str, *, is_renewal_under_way: bool, at: datetime
) -> Subscription:
    """
    Return a subscription that is charged by a saved method of a gateway from now on.

    Its id, periods, price and discount stay. What is owed is tried at once; a renewal that is being charged is tried
    again as soon as its charge is known to have failed, and not before.

    Args:
        subscription: has begun and not ended.
        gateway: of the method.
        is_renewal_under_way: the next period is being charged already.
        at: aware UTC.

    Source: README.md, "Change of method".
    """
    changed = replace(subscription, gateway=gateway, updated_at=at)
    is_renewed = changed.status is SubscriptionStatus.ACTIVE and not changed.cancel_at_period_end
    if changed.is_owed or (is_renewed and is_renewal_under_way):
        return retry_at_once(changed, at=at)
    return changed
