"""Cancelling, pausing and resuming: what their buyers and support decide about subscriptions."""

from typing import Any

from domain.refusal import Refusal
from domain.subscriptions import cancel as decisions
from domain.subscriptions.subscription import Subscription
from messages.read import Event
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionPauseRequested,
    SubscriptionResumeRequested,
)
from store.payments.order import lock_order
from store.subscriptions.subscription import save_subscription
from workers.context import Context
from workers.payments.withdraw import want_again, withdraw
from workers.subscriptions.announce import emit_cancelled, emit_changed, emit_ended
from workers.subscriptions.owe import owe_coming_after_pause
from workers.subscriptions.request import NO_SUCH, Request, answer_once, refused, standing

UNDER_WAY = Refusal("PaymentUnderWay", "the next period is being charged just now; ask again in a quarter of an hour")


def cancel(context: Context, event: Event) -> dict[str, Any]:
    """
    Let a subscription be charged no more, now or from the end of its period on; no money goes back by that.

    Returns:
        How the subscription stands, with a sentence, `note`, where it has ended at once although that was not asked
        for; or `code` and `reason`.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    return answer_once(context, event, _cancel)


def pause(context: Context, event: Event) -> dict[str, Any]:
    """
    Let a subscription not be renewed for a while.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    return answer_once(context, event, _pause)


def resume(context: Context, event: Event) -> dict[str, Any]:
    """
    Let a paused subscription go on, or one that was to end with its period.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    return answer_once(context, event, _resume)


def _cancel(request: Request) -> dict[str, Any]:
    envelope = request.event.envelope
    assert isinstance(envelope, SubscriptionCancelRequested)
    subscription = request.lock(envelope.data.subscription_id)
    if subscription is None:
        return refused(NO_SUCH)
    cancelled = decisions.cancel(
        subscription,
        by=envelope.data.cancelled_by,
        reason=envelope.data.reason,
        at_period_end=envelope.data.when == "period_end",
        at=request.facts.at,
    )
    if isinstance(cancelled, Refusal):
        return refused(cancelled)
    if subscription.order_id is not None:
        # Whatever is asked for at the gateway is not asked for again; what has been taken already is late money.
        order = lock_order(request.session, subscription.order_id)
        if order is not None:
            withdraw(request.session, order, request.facts)
    if subscription.period_start is not None:
        emit_cancelled(request.facts, cancelled)
    if cancelled.has_ended:
        emit_ended(request.facts, cancelled)
    answer = _saved(request, subscription, cancelled)
    note = decisions.why_at_once(subscription) if envelope.data.when == "period_end" else None
    return answer if note is None else answer | {"note": note}


def _pause(request: Request) -> dict[str, Any]:
    envelope = request.event.envelope
    assert isinstance(envelope, SubscriptionPauseRequested)
    subscription = request.lock(envelope.data.subscription_id)
    if subscription is None:
        return refused(NO_SUCH)
    if subscription.order_id is not None and subscription.is_live:
        return refused(UNDER_WAY)
    paused = decisions.pause(subscription, until=envelope.data.until, at=request.facts.at)
    if isinstance(paused, Refusal):
        return refused(paused)
    emit_changed(request.facts, paused, "paused")
    owe_coming_after_pause(request.facts, paused)
    return _saved(request, subscription, paused)


def _resume(request: Request) -> dict[str, Any]:
    envelope = request.event.envelope
    assert isinstance(envelope, SubscriptionResumeRequested)
    subscription = request.lock(envelope.data.subscription_id)
    if subscription is None:
        return refused(NO_SUCH)
    resumed = decisions.resume(subscription, at=request.facts.at)
    if isinstance(resumed, Refusal):
        return refused(resumed)
    order = lock_order(request.session, subscription.order_id) if subscription.order_id else None
    if order is not None:
        want_again(request.session, order, request.facts)
    emit_changed(request.facts, resumed, "kept" if subscription.cancel_at_period_end else "resumed")
    return _saved(request, subscription, resumed)


def _saved(request: Request, before: Subscription, subscription: Subscription) -> dict[str, Any]:
    save_subscription(request.session, subscription, before=before)
    return standing(subscription)
