"""Cancelling, taking that back, pausing and ending."""

from dataclasses import replace
from datetime import datetime

from domain.refusal import Refusal
from domain.subscriptions.subscription import (
    PENDING_FOR,
    UNPAID_FOR,
    Subscription,
    SubscriptionStatus,
    final_day,
    renewal_opens_at,
    scheduled,
)

BY_US = "screph-billing"
"""Who ends a subscription when no person does; `cancelled_by` says so."""

NOBODY_PAID = "nobody paid"
"""Why we end one that nobody pays for."""

ENDED = Refusal("Ended", "this subscription has ended; another one can be started")


ENDS_WITH_PERIOD = Refusal("Cancelled", "this subscription ends with its period; resume it first")


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
        return ENDED
    # Who waited for its lock may have read the clock before whoever had it: it is not cancelled before it was changed.
    at = max(at, subscription.updated_at)
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


def why_at_once(subscription: Subscription) -> str | None:
    """
    Return why a cancellation at the period's end ends a subscription at once, in a sentence; None: it does not.

    Args:
        subscription: as it was before the cancellation.
    """
    match subscription.status:
        case SubscriptionStatus.PAUSED:
            return "it was paused, so it has ended at once; what is paid for can be used to its end"
        case SubscriptionStatus.PAST_DUE | SubscriptionStatus.UNPAID:
            return "its renewal was not paid, so it has ended at once, and nothing is owed for it"
        case SubscriptionStatus.PENDING:
            return "nobody had paid for it yet, so it has ended at once"
        case SubscriptionStatus.ACTIVE | SubscriptionStatus.CANCELLED:
            return None


def take_back(subscription: Subscription, *, at: datetime) -> Subscription | Refusal:
    """Return a subscription that goes on after all, or why that is too late."""
    if subscription.has_ended:
        return ENDED
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
    if subscription.has_ended:
        return ENDED
    if subscription.status is not SubscriptionStatus.ACTIVE:
        return Refusal("NotActive", f"this subscription is {subscription.status}; only an active one can be paused")
    if subscription.cancel_at_period_end:
        return ENDS_WITH_PERIOD
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


def end_of_time(subscription: Subscription, *, called_at: datetime | None, at: datetime) -> datetime:
    """
    Return when a subscription was over that ends because its time is up, however late somebody looks.

    Args:
        subscription: is to end with its period, or nobody has paid for it.
        called_at: when money was last asked for it, if ever; it was not over before.
        at: aware UTC moment at which somebody looks.
    """
    moments = [subscription.cancelled_at, called_at]
    match subscription.status:
        case SubscriptionStatus.PENDING:
            moments.append(subscription.created_at + PENDING_FOR)
        case SubscriptionStatus.UNPAID:
            moments.append(final_day(subscription) + UNPAID_FOR)
        case SubscriptionStatus.ACTIVE:
            moments.append(subscription.period_end)
        case SubscriptionStatus.PAST_DUE | SubscriptionStatus.PAUSED | SubscriptionStatus.CANCELLED:
            moments.append(at)
    return min(at, max(one for one in moments if one is not None))


def end(
    subscription: Subscription,
    *,
    at: datetime,
    by: str | None = None,
    why: str | None = None,
    ended_at: datetime | None = None,
) -> Subscription:
    """
    Return a subscription that is over.

    Args:
        subscription: that has not ended.
        at: aware UTC.
        by: who ended it, where nobody had cancelled it before.
        why: the reason, likewise.
        ended_at: when it was over, where that was before `at`.
    """
    # As for a cancellation: it was not over before it was changed.
    over_at = ended_at or max(at, subscription.updated_at)
    return scheduled(
        replace(
            subscription,
            status=SubscriptionStatus.CANCELLED,
            cancel_at_period_end=False,
            cancelled_at=subscription.cancelled_at or over_at,
            cancelled_by=subscription.cancelled_by or by,
            cancel_reason=subscription.cancel_reason if subscription.cancelled_by else why,
            next_attempt_at=None,
            needs_buyer=False,
            paused_at=None,
            resumes_at=None,
            ended_at=over_at,
            updated_at=at,
        )
    )
