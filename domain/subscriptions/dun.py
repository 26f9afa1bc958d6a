"""Dunning: when a renewal that failed is tried again, and when it is given up."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.gateway.decline import Retry
from domain.subscriptions.subscription import (
    DUNNED_FOR,
    Subscription,
    SubscriptionStatus,
    scheduled,
)

RETRY_AFTER = tuple(timedelta(days=days) for days in (1, 3, 5, 7))
"""When a renewal is tried again, counted from its first failure. Source: README.md, "Dunning"."""

UNKNOWN_FOR = timedelta(days=1)
"""How long the outcome of a charge may be unknown before its subscription is past due."""

RENEWALS_OFF = "renewals_off"
"""Code of an attempt for which no gateway was called, because its own lets nobody charge without the buyer."""

VAGUE_TRIES = 2
"""How many more tries a decline gets whose code says nothing."""


@dataclass(frozen=True, slots=True)
class Failure:
    """
    A failed attempt to renew: its number, from 1, and what the gateway said.

    `is_vague`: the gateway's code is unknown, or says nothing. `has_another_method`: the account has one that this
    order was not declined with for good.
    """

    attempt: int
    retry: Retry
    code: str
    is_vague: bool = False
    has_another_method: bool = False


def after_failure(subscription: Subscription, failure: Failure, *, at: datetime) -> Subscription:
    """
    Return a subscription after a failed attempt to renew it.

    Args:
        subscription: whose renewal was tried.
        failure: of the last attempt.
        at: aware UTC moment at which it became known.

    Source: README.md, "Dunning".
    """
    after = _by_decline(subscription, failure, at=at)
    if subscription.next_attempt_at is not None and subscription.next_attempt_at <= at:
        # Another method became chargeable while this attempt was under way.
        return retry_at_once(after, at=at)
    return after


def _by_decline(subscription: Subscription, failure: Failure, *, at: datetime) -> Subscription:
    first = subscription.first_failed_at or at
    owed = replace(
        subscription,
        status=SubscriptionStatus.PAST_DUE,
        failed_attempts=failure.attempt,
        first_failed_at=first,
        next_attempt_at=None,
        needs_buyer=False,
        updated_at=at,
    )
    match failure.retry:
        case Retry.NEVER:
            return give_up(owed, at=at)
        case Retry.CUSTOMER_ACTION:
            return _wait_for_buyer(owed, at=at)
        case Retry.NEW_METHOD if failure.has_another_method:
            return scheduled(replace(owed, next_attempt_at=at))
        case Retry.NEW_METHOD:
            return _wait_for_buyer(owed, at=at)
        case Retry.LATER if failure.is_vague and failure.attempt > VAGUE_TRIES:
            return _wait_for_buyer(owed, at=at)
        case Retry.LATER:
            following = next((first + days for days in RETRY_AFTER if first + days > at), None)
            return give_up(owed, at=at) if following is None else scheduled(replace(owed, next_attempt_at=following))


def give_up(subscription: Subscription, *, at: datetime) -> Subscription:
    """Return a subscription whose renewal is not tried any more; its buyer may still pay until it ends."""
    return scheduled(
        replace(
            subscription,
            status=SubscriptionStatus.UNPAID,
            first_failed_at=subscription.first_failed_at or at,
            next_attempt_at=None,
            needs_buyer=True,
            updated_at=at,
        )
    )


def _wait_for_buyer(subscription: Subscription, *, at: datetime) -> Subscription:
    assert subscription.first_failed_at is not None
    if at >= subscription.first_failed_at + DUNNED_FOR:
        return give_up(subscription, at=at)
    return scheduled(replace(subscription, needs_buyer=True))


def checkout_missed(subscription: Subscription, *, attempt: int, at: datetime) -> Subscription:
    """
    Return a subscription whose buyer did not pay the checkout that was opened for an owed renewal.

    Nothing was declined, so the next try and the last day stay as they were.
    """
    return scheduled(replace(subscription, failed_attempts=attempt, updated_at=at))


def retry_at_once(subscription: Subscription, *, at: datetime) -> Subscription:
    """Return a subscription whose renewal is owed and is tried now, because another method can be charged."""
    return scheduled(replace(subscription, next_attempt_at=at, needs_buyer=False, updated_at=at))


def without_outcome(subscription: Subscription, *, since: datetime, at: datetime) -> Subscription:
    """
    Return a subscription whose charge has had no outcome for a day: past due, with nothing tried beside it.

    Should nobody find out what became of the charge, it ends like any other that is not paid.

    Args:
        subscription: whose order is under way.
        since: when the charge was first asked for.
        at: aware UTC.
    """
    is_renewed = subscription.status is SubscriptionStatus.ACTIVE and not subscription.cancel_at_period_end
    if not is_renewed or at < since + UNKNOWN_FOR:
        return subscription
    return replace(subscription, status=SubscriptionStatus.PAST_DUE, first_failed_at=since, updated_at=at)
