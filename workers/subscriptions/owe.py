"""The notices of subscriptions: each is owed with the fact that it is about."""

from datetime import datetime, timedelta

from domain.money import Money
from domain.notices.content import (
    ActionNeeded,
    PaymentFailed,
    RenewalComing,
    Renewed,
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionStarted,
)
from domain.notices.notice import NoticeKind
from domain.payments.order import Order
from domain.periods import PeriodUnit
from domain.subscriptions.dun import RENEWALS_OFF, Failure
from domain.subscriptions.renew import next_price
from domain.subscriptions.subscription import (
    UNPAID_FOR,
    Subscription,
    SubscriptionStatus,
    final_day,
    next_charge_at,
)
from workers.facts import Facts

NOTICED_BEFORE = {
    PeriodUnit.WEEK: timedelta(days=1),
    PeriodUnit.MONTH: timedelta(days=3),
    PeriodUnit.YEAR: timedelta(days=14),
}
"""How long before a renewal its buyer hears of it; who pays every day is not told every day."""


PAUSE_NOTICED_BEFORE = timedelta(days=1)
"""How long before the charge after a pause, where its period has no time of its own."""

TRIAL_NOTICED_BEFORE = timedelta(days=3)
"""How long before the end of a trial; of a shorter one the notice of its beginning has said enough."""


def owe_started(facts: Facts, subscription: Subscription) -> None:
    """Owe the notice that a subscription has begun with its trial; of one that is paid for, its receipt says so."""
    assert subscription.period_end is not None
    started = SubscriptionStarted(
        subscription_id=subscription.id,
        title=subscription.title,
        price=next_price(subscription),
        period=subscription.period,
        granted_seconds=subscription.granted_seconds,
        renews_at=subscription.period_end,
        trial_ends_at=subscription.trial_ends_at,
        trial_seconds=subscription.trial_seconds,
    )
    facts.owe(NoticeKind.SUBSCRIPTION_STARTED, subscription.account_id, subscription.id, started)


def owe_renewed(facts: Facts, before: Subscription, order: Order) -> None:
    """
    Owe the receipt of a period that was charged, which also says if it is of another product than before.

    Args:
        facts: of the transaction.
        before: the subscription before the payment; it may have ended.
        order: a renewal, or a change at once, that is paid.
    """
    assert order.period_start is not None
    assert order.period_end is not None
    is_changed = before.product_id != order.product_id and not before.has_ended
    credit = Money(order.list_price.minor - order.price.minor, order.price.currency)
    renewed = Renewed(
        subscription_id=before.id,
        order_id=order.id,
        title=order.title,
        gateway=order.gateway,
        price=order.price,
        granted_seconds=order.granted_seconds,
        paid_at=order.paid_at or facts.at,
        period_start=order.period_start,
        period_end=order.period_end,
        list_price=order.list_price,
        credit=credit if order.replaces_order_id is not None and credit.minor else None,
        old_title=before.title if is_changed else None,
        has_ended=before.has_ended,
    )
    facts.owe(NoticeKind.RENEWED, order.account_id, order.id, renewed)


def owe_coming(facts: Facts, subscription: Subscription) -> None:
    """Owe the notice of the next renewal, some days before it; whether it still comes is seen when it is sent."""
    before, charged_at = _noticed_before(subscription), next_charge_at(subscription)
    if before is None or charged_at is None:
        return
    coming = RenewalComing(
        subscription_id=subscription.id,
        title=subscription.title,
        price=next_price(subscription),
        period=subscription.period,
        charged_at=charged_at,
        ends_trial=subscription.is_on_trial,
    )
    subject = f"{subscription.id}:{charged_at.isoformat()}"
    not_before = charged_at - before
    facts.owe(NoticeKind.RENEWAL_COMING, subscription.account_id, subject, coming, not_before=not_before)


def owe_coming_after_pause(facts: Facts, subscription: Subscription) -> None:
    """Owe the notice of the charge that follows a pause, unless that comes so soon that its buyer has just said so."""
    before, charged_at = _noticed_before(subscription), next_charge_at(subscription)
    if before is not None and charged_at is not None and charged_at - before > facts.at:
        owe_coming(facts, subscription)


def _noticed_before(subscription: Subscription) -> timedelta | None:
    if subscription.status is SubscriptionStatus.PAUSED:
        return NOTICED_BEFORE.get(subscription.period, PAUSE_NOTICED_BEFORE)
    if subscription.trial_days is None or not subscription.is_on_trial:
        return NOTICED_BEFORE.get(subscription.period)
    return TRIAL_NOTICED_BEFORE if timedelta(days=subscription.trial_days) > TRIAL_NOTICED_BEFORE else None


def owe_failure(facts: Facts, subscription: Subscription, order: Order | None, failure: Failure) -> None:
    """
    Owe the notice that a renewal was not paid: what is tried next, or what its buyer can do.

    Args:
        facts: of the transaction.
        subscription: as it is now.
        order: whose money is owed; its product and its price may be others than those of the period before.
        failure: of its last attempt.
    """
    title, price = (order.title, order.price) if order is not None else (subscription.title, subscription.price)
    subject = f"{subscription.order_id or subscription.id}:{failure.attempt}:{subscription.status}"
    # Where nobody is charged without being there, nothing was declined, whatever becomes of the renewal.
    is_paid_by_hand, is_past_due = failure.code == RENEWALS_OFF, subscription.status == "past_due"
    if subscription.needs_buyer and (is_past_due or is_paid_by_hand):
        needed = ActionNeeded(
            subscription_id=subscription.id,
            title=title,
            price=price,
            retry=failure.retry,
            until=final_day(subscription) + (timedelta(0) if is_past_due else UNPAID_FOR),
            is_paid_by_hand=is_paid_by_hand,
        )
        facts.owe(NoticeKind.ACTION_NEEDED, subscription.account_id, subject, needed)
        return
    if subscription.next_attempt_at is not None and subscription.next_attempt_at <= facts.at:
        # Another method is being charged in this very moment.
        return
    failed = PaymentFailed(
        subscription_id=subscription.id,
        title=title,
        price=price,
        failed_at=facts.at,
        retry=failure.retry,
        next_attempt_at=subscription.next_attempt_at,
        ends_at=final_day(subscription) + UNPAID_FOR,
    )
    facts.owe(NoticeKind.PAYMENT_FAILED, subscription.account_id, subject, failed)


def owe_changed(facts: Facts, before: Subscription, subscription: Subscription, *, effective_at: datetime) -> None:
    """Owe the notice that a subscription is of another product, as `subscription` has it, from a moment on."""
    changed = SubscriptionChanged(
        subscription_id=subscription.id,
        old_title=before.title,
        title=subscription.title,
        price=subscription.price,
        period=subscription.period,
        effective_at=effective_at,
    )
    subject = f"{subscription.id}:{facts.at.isoformat()}"
    facts.owe(NoticeKind.SUBSCRIPTION_CHANGED, subscription.account_id, subject, changed)


def owe_method_changed(facts: Facts, subscription: Subscription, method_label: str, *, is_paid_by_hand: bool) -> None:
    """
    Owe the notice that a subscription is charged by another method, so that its owner hears of it whoever wanted it.

    Args:
        facts: of the transaction.
        subscription: as it is now.
        method_label: of the method, as its owner knows it.
        is_paid_by_hand: its gateway lets nobody charge without the buyer.
    """
    changed = SubscriptionChanged(
        subscription_id=subscription.id,
        old_title=subscription.title,
        title=subscription.title,
        price=next_price(subscription),
        period=subscription.period,
        effective_at=facts.at,
        method_label=method_label,
        gateway=subscription.gateway,
        is_paid_by_hand=is_paid_by_hand,
    )
    subject = f"{subscription.id}:{facts.at.isoformat()}"
    facts.owe(NoticeKind.SUBSCRIPTION_CHANGED, subscription.account_id, subject, changed)


def owe_cancelled(facts: Facts, subscription: Subscription) -> None:
    """Owe the notice that a subscription will not be charged any more."""
    ends_at = subscription.period_end or facts.at
    cancelled = SubscriptionCancelled(
        subscription_id=subscription.id,
        title=subscription.title,
        ends_at=ends_at,
        is_on_trial=subscription.is_on_trial,
    )
    subject = f"{subscription.id}:{facts.at.isoformat()}"
    facts.owe(NoticeKind.SUBSCRIPTION_CANCELLED, subscription.account_id, subject, cancelled)


def owe_ended(facts: Facts, subscription: Subscription) -> None:
    """Owe the notice that a subscription is over."""
    ended = SubscriptionEnded(
        subscription_id=subscription.id,
        title=subscription.title,
        ended_at=subscription.ended_at or facts.at,
        is_unpaid=subscription.first_failed_at is not None,
    )
    facts.owe(NoticeKind.SUBSCRIPTION_ENDED, subscription.account_id, subscription.id, ended)
