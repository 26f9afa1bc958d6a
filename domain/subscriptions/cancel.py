"""Cancelling, taking that back, pausing and ending."""

from dataclasses import replace
from datetime import datetime

from domain.refusal import Refusal
from domain.subscriptions.subscription import (
    Subscription,
    SubscriptionStatus,
    renewal_opens_at,
    scheduled,
)


def cancel(
    subscription: Subscription, *, by: str, reason: str | None, at_period_end: bool, at: datetime
) -> Subscription | Refusal:
    """
    Return a subscription that is not charged any more, now or from the end of its period on.

    One whose renewal is owed, or that is paused, ends now in either case: its period is over or will not come.

    Args:
        subscription: whatever became of it.
        by: who cancels.
        reason: why, in their words.
        at_period_end: it stays until what is paid for is over.
        at: aware UTC.
    """
    if subscription.has_ended:
        return Refusal("Ended", "this subscription has ended already")
    cancelled = replace(
        subscription,
        cancelled_at=subscription.cancelled_at or at,
        cancelled_by=by,
        cancel_reason=reason,
        next_attempt_at=None,
        updated_at=at,
    )
    if at_period_end and subscription.status is SubscriptionStatus.ACTIVE:
        return scheduled(replace(cancelled, cancel_at_period_end=True))
    return end(cancelled, at=at)


def take_back(subscription: Subscription, *, at: datetime) -> Subscription | Refusal:
    """Return a subscription that goes on after all, or why that is too late."""
    if subscription.status is not SubscriptionStatus.ACTIVE or not subscription.cancel_at_period_end:
        return Refusal("NothingToResume", "this subscription is neither paused nor cancelled at its period's end")
    kept = replace(
        subscription,
        cancel_at_period_end=False,
        cancelled_at=None,
        cancelled_by=None,
        cancel_reason=None,
        updated_at=at,
    )
    if kept.order_id is not None:
        # The next period is being charged already; what becomes of that is seen first.
        return scheduled(kept, looks_at=at)
    return scheduled(replace(kept, next_attempt_at=renewal_opens_at(kept)))


def pause(subscription: Subscription, *, until: datetime | None, at: datetime) -> Subscription | Refusal:
    """
    Return a subscription that is not renewed until it is resumed; what is paid for can be used to its end.

    Args:
        subscription: whatever became of it.
        until: aware UTC moment at which it goes on by itself; None: when its buyer says so.
        at: aware UTC.
    """
    if subscription.status is not SubscriptionStatus.ACTIVE:
        return Refusal("NotActive", f"this subscription is {subscription.status}; only an active one can be paused")
    if subscription.cancel_at_period_end:
        return Refusal("Cancelled", "this subscription ends with its period; resume it first")
    if until is not None and until <= at:
        return Refusal("InThePast", "a pause ends in the future, or without `until` when it is resumed")
    return scheduled(
        replace(
            subscription,
            status=SubscriptionStatus.PAUSED,
            paused_at=at,
            resumes_at=until,
            next_attempt_at=None,
            updated_at=at,
        )
    )


def resume(subscription: Subscription, *, at: datetime) -> Subscription | Refusal:
    """Return a paused subscription that is renewed again when its period ends, or now if that is over."""
    if subscription.status is not SubscriptionStatus.PAUSED:
        return take_back(subscription, at=at)
    active = replace(subscription, status=SubscriptionStatus.ACTIVE, paused_at=None, resumes_at=None, updated_at=at)
    return scheduled(replace(active, next_attempt_at=renewal_opens_at(active)))


def end(subscription: Subscription, *, at: datetime, by: str | None = None, why: str | None = None) -> Subscription:
    """
    Return a subscription that is over.

    Args:
        subscription: that has not ended.
        at: aware UTC.
        by: who ended it, where nobody had cancelled it before.
        why: the reason, likewise.
    """
    return scheduled(
        replace(
            subscription,
            status=SubscriptionStatus.CANCELLED,
            cancel_at_period_end=False,
            cancelled_at=subscription.cancelled_at or at,
            cancelled_by=subscription.cancelled_by or by,
            cancel_reason=subscription.cancel_reason if subscription.cancelled_by else why,
            next_attempt_at=None,
            needs_buyer=False,
            paused_at=None,
            resumes_at=None,
            ended_at=at,
            updated_at=at,
        )
    )
