"""A subscription: one product that an account pays for again every period."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.money import Money
from domain.periods import PeriodUnit

RENEWED_BEFORE_END = timedelta(hours=6)
"""How long before its end a period is renewed, so that a buyer who was charged never waits for minutes."""

PENDING_FOR = timedelta(days=5)
"""How long the first payment may take; an order that nobody pays expires after four days."""

DUNNED_FOR = timedelta(days=7)
"""How long after its first failure a renewal is tried, or waited for; then it is unpaid."""

UNPAID_FOR = timedelta(days=7)
"""How long an unpaid subscription waits for its buyer before it ends."""


class SubscriptionStatus(StrEnum):
    """How a subscription stands; README.md, "States"."""

    PENDING = "pending"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    PAUSED = "paused"
    CANCELLED = "cancelled"


LIVE_STATUSES = frozenset(
    {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID, SubscriptionStatus.PAUSED}
)
"""Begun and not ended; an account has one such subscription at the most."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """
    One product that an account pays for again every period.

    `price`, `granted_seconds`, `valid_days` and `period` are as they were agreed, whatever the product says now;
    `next_product_id` with `next_price_minor` replaces them at the period's end. Periods are counted from `anchor_at`.
    `period_start` and `period_end` are of the last period that was paid for. `paid_order_id` has paid for it;
    `order_id` is the order whose money is under way or owed.

    `failed_attempts` counts the failed attempts of the present renewal, the first of which was `first_failed_at`;
    `next_attempt_at` is when its method is charged next. `needs_buyer`: only the buyer can help now. `due_at` is when
    the due tick looks at the subscription next, whatever for.

    `trial_days` and `trial_seconds` are the trial with which it begins, if any; `trial_ends_at` is there once that has
    begun.

    Source: README.md.
    """

    id: str
    account_id: str
    product_id: str
    gateway: str
    price: Money
    granted_seconds: int
    valid_days: int | None
    period: PeriodUnit
    title: str
    status: SubscriptionStatus
    message_id: int
    created_at: datetime
    updated_at: datetime
    locale: str | None = None
    country: str | None = None
    anchor_at: datetime | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    order_id: str | None = None
    paid_order_id: str | None = None
    failed_attempts: int = 0
    first_failed_at: datetime | None = None
    next_attempt_at: datetime | None = None
    needs_buyer: bool = False
    due_at: datetime | None = None
    next_product_id: str | None = None
    next_price_minor: int | None = None
    discount_periods_left: int = 0
    discounted_price_minor: int | None = None
    trial_days: int | None = None
    trial_seconds: int | None = None
    trial_ends_at: datetime | None = None
    cancel_at_period_end: bool = False
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    cancel_reason: str | None = None
    paused_at: datetime | None = None
    resumes_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Tell whether it has begun and not ended."""
        return self.status in LIVE_STATUSES

    @property
    def has_ended(self) -> bool:
        """Tell whether it is over for good."""
        return self.status is SubscriptionStatus.CANCELLED

    @property
    def awaits_trial(self) -> bool:
        """Tell whether its trial begins as soon as a method is saved."""
        return self.status is SubscriptionStatus.PENDING and self.trial_days is not None

    @property
    def is_on_trial(self) -> bool:
        """Tell whether its present period is its trial, so that nothing was paid yet."""
        return self.trial_ends_at is not None and self.paid_order_id is None

    @property
    def is_owed(self) -> bool:
        """Tell whether a renewal was tried in vain, so that its buyer may pay it by hand."""
        return self.status in (SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID)


def renewal_opens_at(subscription: Subscription) -> datetime | None:
    """Return when the next period is to be charged; None: it is not, as things stand."""
    if subscription.status is not SubscriptionStatus.ACTIVE or subscription.cancel_at_period_end:
        return None
    return renewal_time(subscription)


def next_charge_at(subscription: Subscription) -> datetime | None:
    """Return when the next period is charged, also after a pause that ends by itself; None: it is not, so far."""
    if subscription.status is SubscriptionStatus.PAUSED and subscription.resumes_at is not None:
        return max(subscription.resumes_at, renewal_time(subscription))
    return renewal_opens_at(subscription)


def renewal_time(subscription: Subscription) -> datetime:
    """
    Return when the next period may be charged at the earliest; to be asked of one that has begun.

    The first one after a trial is not charged before that ends: until then whoever cancels pays nothing.
    """
    assert subscription.period_end is not None
    return subscription.period_end if subscription.is_on_trial else subscription.period_end - RENEWED_BEFORE_END


def scheduled(subscription: Subscription, *, looks_at: datetime | None = None) -> Subscription:
    """
    Return a subscription with the moment at which the due tick looks at it next.

    Args:
        subscription: as it was decided about.
        looks_at: while its order is under way: when to see what became of that.
    """
    moments = [looks_at, subscription.next_attempt_at]
    match subscription.status:
        case SubscriptionStatus.PENDING:
            moments = [looks_at, subscription.created_at + PENDING_FOR]
        case SubscriptionStatus.ACTIVE:
            if subscription.cancel_at_period_end or moments == [None, None]:
                moments.append(subscription.period_end)
        case SubscriptionStatus.PAST_DUE:
            moments.append(final_day(subscription))
        case SubscriptionStatus.UNPAID:
            moments.append(final_day(subscription) + UNPAID_FOR)
        case SubscriptionStatus.PAUSED:
            moments = [subscription.resumes_at]
        case SubscriptionStatus.CANCELLED:
            moments = []
    return replace(subscription, due_at=min((one for one in moments if one is not None), default=None))


def final_day(subscription: Subscription) -> datetime:
    """Return when a renewal that fails is given up; to be asked while it is owed."""
    assert subscription.first_failed_at is not None
    return subscription.first_failed_at + DUNNED_FOR
