"""Changing the method: a running subscription is charged by another saved method, perhaps of another gateway."""

from typing import Any

from domain.payments.order import Order
from domain.payments.stored_method import StoredMethod
from domain.refusal import Refusal
from domain.subscriptions import change_method as decisions
from domain.subscriptions.renew import next_price
from domain.subscriptions.subscription import Subscription
from messages.read import Event
from messages.subscriptions.requests import SubscriptionChangeRequested
from store.engine import Session
from store.payments.attempt import find_useless_methods
from store.payments.method import find_methods, lock_method, prefer_method
from store.payments.order import find_order, lock_order
from store.subscriptions.method_change import add_method_change
from store.subscriptions.subscription import find_owed_order, save_subscription
from workers.context import Context
from workers.payments.charge import cancel_charge
from workers.payments.method import NO_SUCH_METHOD
from workers.subscriptions.announce import emit_changed
from workers.subscriptions.follow import follow_cases
from workers.subscriptions.owe import owe_method_changed
from workers.subscriptions.request import NO_SUCH, Request, answer_once, refused, standing


def change_method(context: Context, event: Event) -> dict[str, Any]:
    """
    Let a subscription be charged by another saved method from now on, and keep everything else of it.

    The method is charged before all others of its account. What is owed is tried with it at the next tick; a charge
    that is under way, or whose outcome is unknown, is waited for first, so no period is charged through two gateways.

    Returns:
        How the subscription stands, with `method_id` and `method`, `waits_for_order_id` where an order is under way,
        and `is_paid_by_hand`: the gateway lets nobody charge without the buyer; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: a gateway or the store gave no answer; repeating is harmless.
    """
    owed = context.transact(lambda session: _find_owed_order(session, event.envelope.subject))
    if owed is not None and owed.gateway in context.gateways:
        # A charge that waits for the buyer must not be confirmed when the other method has been charged. Of a gateway
        # that is not set up any more nothing can be asked.
        cancel_charge(context, owed.id, follow=follow_cases)
    return answer_once(context, event, _change_method)


def _find_owed_order(session: Session, account_id: str) -> Order | None:
    order_id = find_owed_order(session, account_id)
    return None if order_id is None else find_order(session, order_id)


def _change_method(request: Request) -> dict[str, Any]:
    envelope, session, now = request.event.envelope, request.session, request.facts.at
    assert isinstance(envelope, SubscriptionChangeRequested)
    assert envelope.data.method_id is not None
    subscription = request.lock(envelope.data.subscription_id)
    if subscription is None:
        return refused(NO_SUCH)
    method = lock_method(session, envelope.subject, envelope.data.method_id)
    if method is None or not method.is_usable:
        return NO_SUCH_METHOD
    refusal = decisions.refuse_change_of_method(subscription) or _refuse_method(request, subscription, method)
    if refusal is not None:
        return refused(refusal)
    order = lock_order(session, subscription.order_id) if subscription.order_id else None
    under_way = order if order is not None and order.is_open else None
    is_renewal = under_way is not None and under_way.replaces_order_id is None
    changed = decisions.change_method(subscription, method.gateway, is_renewal_under_way=is_renewal, at=now)
    prefer_method(session, method.id, at=now)
    save_subscription(session, changed, before=subscription)
    add_method_change(session, _record(request, subscription, method))
    is_paid_by_hand = method.gateway in request.context.shop.without_renewals
    emit_changed(request.facts, changed, "method", method_id=method.id)
    owe_method_changed(request.facts, changed, method.label, is_paid_by_hand=is_paid_by_hand)
    answer = standing(changed) | {"method_id": method.id, "method": method.label, "is_paid_by_hand": is_paid_by_hand}
    return answer if under_way is None else answer | {"waits_for_order_id": under_way.id}


def _refuse_method(request: Request, subscription: Subscription, method: StoredMethod) -> Refusal | None:
    """Return why a subscription cannot be charged by a saved method of its account, or None."""
    session, price, gateway = request.session, next_price(subscription), method.gateway
    if method.expires_on is not None and method.expires_on < request.facts.at.date():
        return Refusal("MethodExpired", f"{method.label} was good until {method.expires_on}; save another method")
    if gateway not in request.context.gateways:
        return Refusal("NoGateway", f"gateway {gateway} is not set up here")
    if not request.context.gateway(gateway).takes(price):
        return Refusal(
            "OtherCurrency", f"{gateway} takes no payments of {price}; this subscription stays in {price.currency}"
        )
    first = next(iter(find_methods(session, subscription.account_id, gateway=gateway)), None)
    if gateway == subscription.gateway and first is not None and first.id == method.id:
        return Refusal("NoChange", f"this subscription is charged by {method.label} already")
    if subscription.order_id is not None and method.id in find_useless_methods(session, subscription.order_id):
        return Refusal(
            "MethodDeclined", f"{method.label} was declined for the renewal that is owed; choose or save another method"
        )
    return None


def _record(request: Request, subscription: Subscription, method: StoredMethod) -> decisions.MethodChange:
    envelope = request.event.envelope
    assert isinstance(envelope, SubscriptionChangeRequested)
    return decisions.MethodChange(
        subscription_id=subscription.id,
        method_id=method.id,
        old_gateway=subscription.gateway,
        gateway=method.gateway,
        changed_by=envelope.data.changed_by or envelope.source,
        reason=envelope.data.reason,
        message_id=request.message_id,
        changed_at=request.facts.at,
    )
