"""The facts of subscriptions: what each of them says, and the notice that is owed with it."""

from typing import Any

from domain.gateway.decline import Retry
from domain.payments.order import Order, PurchaseKind
from domain.refusal import Refusal
from domain.subscriptions.cancel import BY_US
from domain.subscriptions.dun import Failure
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from messages.subscriptions.facts import (
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionPastDue,
    SubscriptionRenewed,
    SubscriptionStarted,
    SubscriptionTrialRefused,
)
from workers.facts import Facts
from workers.subscriptions.owe import (
    owe_cancelled,
    owe_coming,
    owe_ended,
    owe_failure,
    owe_renewed,
    owe_started,
)

SELF = BY_US
"""Who ends a subscription that nobody pays."""

NO_OUTCOME = "no_outcome"
"""Code of a charge that its gateway has not answered for a day."""


def emit_paid(facts: Facts, before: Subscription, subscription: Subscription, order: Order) -> None:
    """Emit that a period is paid: the first, the next, or one of another product that was changed to at once."""
    data = _standing(subscription) | {"order_id": order.id, "granted_seconds": order.granted_seconds}
    if before.period_start is None:
        # Its receipt, which is owed with the payment, says so.
        facts.emit(SubscriptionStarted, subscription.account_id, data)
    else:
        if order.replaces_order_id is None:
            facts.emit(SubscriptionRenewed, subscription.account_id, data)
        if order.kind is PurchaseKind.RENEWAL:
            # The first payment after a trial has a receipt like any other first one.
            owe_renewed(facts, before, order)
    if before.period_start is not None and before.product_id != subscription.product_id:
        emit_changed(facts, subscription, "product")
    owe_coming(facts, subscription)


def emit_trial_started(facts: Facts, subscription: Subscription) -> None:
    """Emit that a subscription has begun with its trial, so that nothing is paid yet."""
    data = _standing(subscription) | {
        "granted_seconds": subscription.trial_seconds,
        "trial_ends_at": subscription.trial_ends_at,
    }
    facts.emit(SubscriptionStarted, subscription.account_id, data)
    owe_started(facts, subscription)
    owe_coming(facts, subscription)


def emit_trial_refused(facts: Facts, subscription: Subscription, refusal: Refusal) -> None:
    """Emit that a start has no trial although its product has one: the first period is paid at once."""
    data = {
        "subscription_id": subscription.id,
        "product_id": subscription.product_id,
        "code": refusal.code,
        "reason": refusal.reason,
        "amount_minor": subscription.price.minor,
        "currency": subscription.price.currency,
    }
    facts.emit(SubscriptionTrialRefused, subscription.account_id, data)


def emit_past_due(facts: Facts, subscription: Subscription, order: Order | None, failure: Failure) -> None:
    """
    Emit that an attempt to renew has failed, and what comes next.

    Args:
        facts: of the transaction.
        subscription: as it is now.
        order: whose money is owed: its product and its price may be those of the next period; None: there is none.
        failure: of its last attempt.
    """
    _emit_past_due(facts, subscription, failure)
    owe_failure(facts, subscription, order, failure)


def emit_no_outcome(facts: Facts, subscription: Subscription, order: Order) -> None:
    """Emit that a subscription is past due because its charge has had no outcome; nobody knows that it has failed."""
    _emit_past_due(facts, subscription, Failure(order.attempt, Retry.LATER, NO_OUTCOME))


def _emit_past_due(facts: Facts, subscription: Subscription, failure: Failure) -> None:
    data = _standing(subscription) | {
        "order_id": subscription.order_id,
        "attempt": failure.attempt,
        "retry": failure.retry,
        "code": failure.code[:128],
        "next_attempt_at": subscription.next_attempt_at,
        "needs_buyer": subscription.needs_buyer,
        "is_given_up": subscription.status is SubscriptionStatus.UNPAID,
    }
    facts.emit(SubscriptionPastDue, subscription.account_id, data)


def emit_cancelled(facts: Facts, subscription: Subscription) -> None:
    """Emit that a subscription is not charged any more."""
    data = {
        "subscription_id": subscription.id,
        "product_id": subscription.product_id,
        "at_period_end": not subscription.has_ended,
        "ends_at": subscription.ended_at or subscription.period_end,
        "cancelled_by": subscription.cancelled_by,
        "reason": subscription.cancel_reason,
    }
    facts.emit(SubscriptionCancelled, subscription.account_id, data)
    if not subscription.has_ended:
        owe_cancelled(facts, subscription)


def emit_changed(facts: Facts, subscription: Subscription, what: str, *, method_id: int | None = None) -> None:
    """Emit what has changed of a subscription; `method_id` is the saved method that it was changed to."""
    data = _standing(subscription) | {
        "what": what,
        "next_product_id": subscription.next_product_id,
        "next_amount_minor": subscription.next_price_minor,
        "resumes_at": subscription.resumes_at,
        "method_id": method_id,
    }
    facts.emit(SubscriptionChanged, subscription.account_id, data)


def emit_ended(facts: Facts, subscription: Subscription) -> None:
    """Emit that a subscription is over; one that never began is over without a word."""
    if subscription.period_start is None:
        return
    data = {
        "subscription_id": subscription.id,
        "product_id": subscription.product_id,
        "ended_at": subscription.ended_at,
        "cancelled_by": subscription.cancelled_by or SELF,
        "reason": subscription.cancel_reason,
    }
    facts.emit(SubscriptionEnded, subscription.account_id, data)
    owe_ended(facts, subscription)


def _standing(subscription: Subscription) -> dict[str, Any]:
    return {
        "subscription_id": subscription.id,
        "product_id": subscription.product_id,
        "gateway": subscription.gateway,
        "amount_minor": subscription.price.minor,
        "currency": subscription.price.currency,
        "period": subscription.period,
        "period_start": subscription.period_start,
        "period_end": subscription.period_end,
    }
