"""Trials: how a subscription begins with time that is free, once for each person."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.refusal import Refusal
from domain.subscriptions.subscription import Subscription, SubscriptionStatus, renewal_opens_at, scheduled

METHOD_LOOKED_FOR_AFTER = timedelta(hours=6)
"""How often the due tick looks whether a trial can begin that waits for a method; a message tells sooner."""

USED = Refusal("TrialUsed", "there was a trial before, so the first period is paid at once")
NOT_SAVED = Refusal(
    "MethodNotSaved", "the gateway saves no method without a payment, so the first period is paid at once"
)
ON_TRIAL = Refusal(
    "OnTrial", "during a trial another product begins with its end; ask for the change at the period's end"
)


class Opening(StrEnum):
    """How a subscription begins."""

    PAY = "pay"
    """Its first period is paid at once, by a checkout."""
    SAVE_METHOD = "save_method"
    """Its trial begins when a method is saved."""
    BEGIN = "begin"
    """Its trial begins at once."""


def decide_opening(trial_days: int | None, *, has_had_trial: bool, has_method: bool, needs_method: bool) -> Opening:
    """
    Return how a subscription begins.

    Args:
        trial_days: of the product; None: it has no trial.
        has_had_trial: its account, or another one of the same person, has had one, of whatever product.
        has_method: a saved method of its gateway can be charged when the trial ends.
        needs_method: its gateway lets us charge without the buyer, so a method is of use.

    Source: README.md, "Trial".
    """
    if trial_days is None or has_had_trial:
        return Opening.PAY
    return Opening.BEGIN if has_method or not needs_method else Opening.SAVE_METHOD


def begin_trial(subscription: Subscription, *, at: datetime) -> Subscription:
    """
    Return a subscription whose trial begins; its first paid period will begin where that ends.

    Args:
        subscription: has the terms of its trial, and has not begun.
        at: aware UTC.
    """
    assert subscription.trial_days is not None
    ends_at = at + timedelta(days=subscription.trial_days)
    begun = replace(
        subscription,
        status=SubscriptionStatus.ACTIVE,
        anchor_at=ends_at,
        period_start=at,
        period_end=ends_at,
        trial_ends_at=ends_at,
        updated_at=at,
    )
    return scheduled(replace(begun, next_attempt_at=renewal_opens_at(begun)))


def without_trial(subscription: Subscription, order_id: str, *, at: datetime) -> Subscription:
    """Return a subscription whose first period is paid at once after all, by an order."""
    return scheduled(replace(subscription, trial_days=None, trial_seconds=None, order_id=order_id, updated_at=at))
