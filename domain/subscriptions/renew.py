"""Renewing: what a paid period makes of a subscription, what the next period is, and what is due."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.money import Money
from domain.periods import Period, PeriodUnit, end_of_period
from domain.subscriptions.subscription import (
    PENDING_FOR,
    UNPAID_FOR,
    Subscription,
    SubscriptionStatus,
    final_day,
    renewal_opens_at,
    scheduled,
)

LATENESS_BEARABLE = timedelta(hours=1)
"""A renewal that is first tried later than this after the old period begins its period at that moment."""

LOOKS_AFTER = timedelta(minutes=15)
"""While an order is under way: how long until the due tick sees what became of it, if nothing else has told."""


class DueStep(StrEnum):
    """What is to be done about a subscription now."""

    WAIT = "wait"
    CHARGE = "charge"
    GIVE_UP = "give_up"
    END = "end"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class PaidPeriod:
    """
    A period that an order has paid for, on which terms; `price` is what the next one costs.

    `is_change`: it began at once, in place of the rest of another one, so it is no renewal.
    """

    order_id: str
    product_id: str
    title: str
    price: Money
    granted_seconds: int
    valid_days: int | None
    period: PeriodUnit
    starts_at: datetime
    ends_at: datetime
    is_change: bool = False


def decide_due(subscription: Subscription, *, at: datetime) -> DueStep:
    """
    Return what is to be done about a subscription at one moment, by its own record alone.

    Whether its order is under way is not seen here: the caller waits for that order where it is.
    """
    is_attempt_due = subscription.next_attempt_at is not None and subscription.next_attempt_at <= at
    match subscription.status:
        case SubscriptionStatus.PENDING:
            return DueStep.END if subscription.created_at + PENDING_FOR <= at else DueStep.WAIT
        case SubscriptionStatus.ACTIVE:
            assert subscription.period_end is not None
            if subscription.cancel_at_period_end:
                return DueStep.END if subscription.period_end <= at else DueStep.WAIT
            return DueStep.CHARGE if is_attempt_due else DueStep.WAIT
        case SubscriptionStatus.PAST_DUE:
            if is_attempt_due:
                return DueStep.CHARGE
            return DueStep.GIVE_UP if final_day(subscription) <= at else DueStep.WAIT
        case SubscriptionStatus.UNPAID:
            if is_attempt_due:
                return DueStep.CHARGE
            return DueStep.END if final_day(subscription) + UNPAID_FOR <= at else DueStep.WAIT
        case SubscriptionStatus.PAUSED:
            is_over = subscription.resumes_at is not None and subscription.resumes_at <= at
            return DueStep.RESUME if is_over else DueStep.WAIT
        case SubscriptionStatus.CANCELLED:
            return DueStep.WAIT


def next_period(subscription: Subscription, unit: PeriodUnit, *, at: datetime) -> Period:
    """
    Return the period that a renewal pays for.

    It begins where the one before ends, unless nobody could use the minutes since then through no fault of the
    buyer: after a pause, or when we come too late.

    Args:
        subscription: is live.
        unit: of the next period; another product may have another one.
        at: aware UTC moment of the first attempt.
    """
    assert subscription.period_end is not None
    if at > subscription.period_end + LATENESS_BEARABLE:
        return Period(at, end_of_period(at, unit, at))
    start = subscription.period_end
    anchor = subscription.anchor_at if unit is subscription.period and subscription.anchor_at else start
    return Period(start, end_of_period(anchor, unit, start))


def next_price(subscription: Subscription) -> Money:
    """Return what the next period is charged: the price that was agreed for it, with the discount that is left."""
    minor = subscription.price.minor if subscription.next_price_minor is None else subscription.next_price_minor
    return discounted(subscription, Money(minor, subscription.price.currency))


def discounted(subscription: Subscription, price: Money) -> Money:
    """Return a price as the subscription's discount makes it, while any of its periods is left."""
    if subscription.discount_periods_left <= 0 or subscription.discounted_price_minor is None:
        return price
    return Money(min(price.minor, subscription.discounted_price_minor), price.currency)


def attempt_begun(subscription: Subscription, order_id: str, *, at: datetime) -> Subscription:
    """Return a subscription whose order is being charged from now on: nothing else is tried until that is known."""
    return scheduled(
        replace(subscription, order_id=order_id, next_attempt_at=None, updated_at=at), looks_at=at + LOOKS_AFTER
    )


def attempt_put_off(subscription: Subscription, *, until: datetime) -> Subscription:
    """Return a subscription whose next attempt waits: a buyer may be paying, or something speaks against it for now."""
    return scheduled(replace(subscription, next_attempt_at=until))


def change_missed(subscription: Subscription, *, at: datetime) -> Subscription:
    """
    Return a subscription that stays as it is, because the money for its change did not come.

    Its renewal was never tried, so nothing is owed, even if nobody knew for days what had become of the change.
    """
    same = replace(
        subscription,
        status=SubscriptionStatus.ACTIVE if subscription.is_owed else subscription.status,
        order_id=None,
        failed_attempts=0,
        first_failed_at=None,
        needs_buyer=False,
        updated_at=at,
    )
    return scheduled(replace(same, next_attempt_at=renewal_opens_at(same)))


def cancelled_missed(subscription: Subscription, *, at: datetime) -> Subscription:
    """Return a subscription whose renewal failed when it was cancelled already: it still ends with its period."""
    return scheduled(replace(subscription, order_id=None, next_attempt_at=None, updated_at=at))


def with_paid_period(subscription: Subscription, paid: PaidPeriod, *, at: datetime) -> Subscription:
    """
    Return a subscription whose first, next or changed period is paid.

    Args:
        subscription: has not ended.
        paid: the period; it begins where the one before ended, or counts anew.
        at: aware UTC moment at which it became known.
    """
    follows = subscription.period_end == paid.starts_at and subscription.period is paid.period
    is_renewal = subscription.period_start is not None and subscription.order_id == paid.order_id and not paid.is_change
    # While an order is under way no other change can be asked for, so a change at once is the later wish.
    is_last_wish = paid.is_change and subscription.order_id == paid.order_id
    drops_next = is_last_wish or subscription.next_product_id == paid.product_id
    renewed = replace(
        subscription,
        status=SubscriptionStatus.PAUSED if subscription.paused_at else SubscriptionStatus.ACTIVE,
        product_id=paid.product_id,
        title=paid.title,
        price=paid.price,
        granted_seconds=paid.granted_seconds,
        valid_days=paid.valid_days,
        period=paid.period,
        anchor_at=subscription.anchor_at if follows else paid.starts_at,
        period_start=paid.starts_at,
        period_end=paid.ends_at,
        paid_order_id=paid.order_id,
        order_id=None,
        failed_attempts=0,
        first_failed_at=None,
        needs_buyer=False,
        next_product_id=None if drops_next else subscription.next_product_id,
        next_price_minor=None if drops_next else subscription.next_price_minor,
        discount_periods_left=max(0, subscription.discount_periods_left - is_renewal),
        updated_at=at,
    )
    return scheduled(replace(renewed, next_attempt_at=renewal_opens_at(renewed)))
