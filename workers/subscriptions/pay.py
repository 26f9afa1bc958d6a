"""Paying by hand: a fresh checkout for a renewal that was declined, or that its buyer must confirm."""

from dataclasses import replace
from typing import Any

from domain.payments.charge import at_gateway, begin_attempt
from domain.refusal import Refusal
from domain.subscriptions.cancel import ENDED
from messages.read import Event
from messages.subscriptions.requests import SubscriptionPaymentRequested
from store.payments.buyer import find_buyer
from store.payments.order import lock_order, save_order
from store.subscriptions.subscription import find_owed_order
from workers.context import Context
from workers.payments.charge import cancel_charge
from workers.subscriptions.cancel import UNDER_WAY
from workers.subscriptions.follow import follow_cases
from workers.subscriptions.request import NO_SUCH, Request, answer_once, refused
from workers.subscriptions.start import paid_by_checkout

NOTHING_OWED = Refusal("NothingOwed", "no renewal of this subscription was declined; there is nothing to pay by hand")


def pay(context: Context, event: Event) -> dict[str, Any]:
    """
    Open a checkout for the very renewal that is owed, and return where the buyer pays; it saves the new method.

    It is the next attempt of the same order, so the period is paid once whichever way the money comes. While it is
    open nothing is charged beside it.

    Returns:
        `subscription_id`, `order_id`, `status` and `url`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    owed = context.transact(lambda session: find_owed_order(session, event.envelope.subject))
    if owed is not None:
        cancel_charge(context, owed, follow=follow_cases)
    answer = answer_once(context, event, _pay)
    return answer if "code" in answer else paid_by_checkout(context, event, answer)


def _pay(request: Request) -> dict[str, Any]:
    envelope, session, now = request.event.envelope, request.session, request.facts.at
    assert isinstance(envelope, SubscriptionPaymentRequested)
    if (barred := request.refuse_buying()) is not None:
        return refused(barred)
    subscription = request.lock(envelope.data.subscription_id)
    if subscription is None:
        return refused(NO_SUCH)
    if subscription.has_ended:
        return refused(ENDED)
    order = lock_order(session, subscription.order_id) if subscription.order_id and subscription.is_owed else None
    if order is None or order.is_paid:
        return refused(NOTHING_OWED)
    answer = {"subscription_id": subscription.id, "order_id": order.id}
    if order.is_open and order.is_charge:
        return refused(UNDER_WAY)
    if order.is_open and (order.checkout_expires_at is None or order.checkout_expires_at > now):
        return answer
    if order.is_open:
        return refused(UNDER_WAY)
    buyer = find_buyer(session, order.account_id, subscription.gateway).for_call(order.account_id, order.locale)
    begun = begin_attempt(at_gateway(order, subscription.gateway), buyer, method_id=None, at=now)
    begun = replace(
        begun,
        return_url=envelope.data.return_url or order.return_url,
        cancel_url=envelope.data.cancel_url or order.cancel_url,
    )
    save_order(session, begun, before=order)
    return answer
