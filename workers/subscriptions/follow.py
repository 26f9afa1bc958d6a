"""Following: what becomes of a subscription when an order of its own is paid, declined, expired or given back."""

from collections.abc import Sequence
from datetime import timedelta

from domain.gateway.decline import Retry
from domain.payments.attempt import PaymentAttempt
from domain.payments.order import Order, PurchaseKind
from domain.subscriptions.cancel import end
from domain.subscriptions.dun import Failure, after_failure, checkout_missed
from domain.subscriptions.renew import PaidPeriod, cancelled_missed, change_missed, with_paid_period
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from messages.read import Event
from messages.subscriptions.reminders import SubscriptionPaymentSettled
from store.engine import Session
from store.minutes.book import lock_account
from store.minutes.save import save
from store.payments.attempt import find_last_attempt, find_useless_methods
from store.payments.case import Case
from store.payments.method import find_methods
from store.payments.order import lock_order
from store.subscriptions.subscription import (
    find_obstacles,
    lock_subscription,
    lock_subscriptions,
    save_subscription,
    save_subscriptions,
)
from workers.context import Context
from workers.facts import Facts
from workers.payments.settled import emit_purchase
from workers.payments.withdraw import withdraw
from workers.subscriptions.announce import SELF, emit_ended, emit_paid, emit_past_due
from workers.subscriptions.owe import owe_renewed

RECEIPT_WITHIN = timedelta(days=7)
"""So long after a payment its receipt may be owed."""

GIVEN_BACK = "the money of the present period was given back"


def follow_cases(session: Session, cases: Sequence[Case], facts: Facts) -> None:
    """
    Let the subscriptions of cases' orders follow their change, in the same transaction.

    Promotions hear of a purchase among them by a message: of the first payment after a trial.
    """
    ids = [case.order.subscription_id for case in cases if case.order.subscription_id is not None]
    subscriptions = lock_subscriptions(session, ids)
    changed = []
    for case in cases:
        subscription = subscriptions.get(case.order.subscription_id or "")
        if subscription is not None:
            attempt = case.attempts[-1] if case.attempts else None
            changed.append((followed(session, subscription, case.order, attempt, facts), subscription))
        emit_purchase(facts, case.order)
    save_subscriptions(session, changed)


def follow_message(context: Context, event: Event) -> None:
    """
    Let a subscription follow an order that was changed by a webhook, a poll or a refund.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, SubscriptionPaymentSettled)

    def work(session: Session) -> None:
        facts = Facts(context.clock())
        facts.name_cause(envelope)
        lock_account(session, envelope.subject)
        order = lock_order(session, envelope.data.order_id)
        subscription = lock_subscription(session, envelope.data.subscription_id)
        if order is not None and subscription is not None:
            follow(session, subscription, order, find_last_attempt(session, order.id), facts)
            save(session, (), facts)

    context.transact(work)


def follow(
    session: Session, subscription: Subscription, order: Order, attempt: PaymentAttempt | None, facts: Facts
) -> Subscription:
    """Return, and save, a subscription as `followed` makes it."""
    changed = followed(session, subscription, order, attempt, facts)
    save_subscription(session, changed, before=subscription)
    return changed


def followed(
    session: Session, subscription: Subscription, order: Order, attempt: PaymentAttempt | None, facts: Facts
) -> Subscription:
    """
    Return a subscription as an order of its own makes it; doing so again changes nothing.

    Args:
        session: of a transaction in which the subscription is locked.
        subscription: as it is.
        order: as it is now.
        attempt: the last attempt to get its money.
        facts: of the transaction.
    """
    if subscription.has_ended and order.is_paid and order.id != subscription.paid_order_id:
        _owe_late_receipt(subscription, order, facts)
    if subscription.has_ended or order.is_open:
        return subscription
    if order.is_paid:
        return _after_payment(session, subscription, order, facts)
    if order.id == subscription.order_id and subscription.status is not SubscriptionStatus.PENDING:
        return _after_failure(session, subscription, order, attempt, facts)
    # Late money may still begin one that is pending; what else has failed is of no interest any more.
    return subscription


def _owe_late_receipt(subscription: Subscription, order: Order, facts: Facts) -> None:
    """
    Owe the receipt of a renewal that is paid when its subscription has ended, or has gone on without it.

    Where it is owed already, nothing is owed twice; but notices are erased some time, and orders are refunded later.
    """
    is_new = order.recorded_at is not None and facts.at - order.recorded_at < RECEIPT_WITHIN
    if order.kind is PurchaseKind.RENEWAL and is_new:
        owe_renewed(facts, subscription, order)


def _after_payment(session: Session, subscription: Subscription, order: Order, facts: Facts) -> Subscription:
    if order.id == subscription.paid_order_id:
        if not find_obstacles(session, subscription).is_given_back:
            return subscription
        renewal = lock_order(session, subscription.order_id) if subscription.order_id else None
        if renewal is not None:
            withdraw(session, renewal, facts)
        ended = end(subscription, at=facts.at, by=SELF, why=GIVEN_BACK)
        emit_ended(facts, ended)
        return ended
    assert order.period is not None
    assert order.period_start is not None
    assert order.period_end is not None
    is_late = order.id != subscription.order_id
    if is_late and subscription.period_start is not None and order.period_start <= subscription.period_start:
        # Money of an order that was given up: its minutes are there, and what came after it stands.
        _owe_late_receipt(subscription, order, facts)
        return subscription
    paid = PaidPeriod(
        order_id=order.id,
        product_id=order.product_id,
        title=order.title,
        price=order.list_price,
        granted_seconds=order.granted_seconds,
        valid_days=order.valid_days,
        period=order.period,
        starts_at=order.period_start,
        ends_at=order.period_end,
        is_change=order.replaces_order_id is not None,
    )
    renewed = with_paid_period(subscription, paid, at=facts.at)
    emit_paid(facts, subscription, renewed, order)
    return renewed


def _after_failure(
    session: Session, subscription: Subscription, order: Order, attempt: PaymentAttempt | None, facts: Facts
) -> Subscription:
    if order.replaces_order_id is not None:
        return change_missed(subscription, at=facts.at)
    if subscription.cancel_at_period_end:
        return cancelled_missed(subscription, at=facts.at)
    if order.attempt <= subscription.failed_attempts:
        return subscription
    if not order.is_charge and subscription.is_owed:
        return checkout_missed(subscription, attempt=order.attempt, at=facts.at)
    failure = _failure(session, subscription, order, attempt)
    owed = after_failure(subscription, failure, at=facts.at)
    emit_past_due(facts, owed, order, failure)
    return owed


def _failure(session: Session, subscription: Subscription, order: Order, attempt: PaymentAttempt | None) -> Failure:
    if attempt is None or attempt.charge != order.attempt:
        # No gateway has declined it: it expired, was never found, or a person has ended it.
        return Failure(order.attempt, Retry.LATER, order.failure or "failed", is_vague=True)
    return Failure(
        attempt=order.attempt,
        retry=attempt.retry or Retry.LATER,
        code=attempt.code or "failed",
        is_vague=attempt.is_vague,
        has_another_method=_has_another_method(session, subscription, order, attempt),
    )


def _has_another_method(session: Session, subscription: Subscription, order: Order, attempt: PaymentAttempt) -> bool:
    if attempt.retry is not Retry.NEW_METHOD:
        return False
    # The case is saved after this, so the last attempt is not among those that the store has.
    useless = find_useless_methods(session, order.id) | {attempt.method_id}
    methods = find_methods(session, subscription.account_id, gateway=subscription.gateway)
    return any(one.id not in useless for one in methods)
