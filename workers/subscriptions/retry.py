"""Retrying: a renewal that is owed is charged at once when another method can be charged."""

from domain.subscriptions.dun import retry_at_once
from messages.read import Event
from messages.subscriptions.reminders import SubscriptionMethodReady
from store.engine import Session
from store.minutes.book import lock_account
from store.payments.method import find_method
from store.payments.order import lock_order
from store.subscriptions.subscription import lock_subscription_of, save_subscription
from workers.context import Context


def retry_with_method(context: Context, event: Event) -> None:
    """
    Let the due tick charge an owed renewal now; one that can be paid by an open checkout waits for that.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, SubscriptionMethodReady)

    def work(session: Session) -> None:
        lock_account(session, envelope.subject)
        subscription = lock_subscription_of(session, envelope.subject, None)
        method = find_method(session, envelope.data.method_id)
        if subscription is None or not subscription.is_owed or method is None or not method.is_usable:
            return
        order = lock_order(session, subscription.order_id) if subscription.order_id else None
        is_tried_now = order is not None and order.is_open and order.method_id == method.id
        if method.gateway == subscription.gateway and not is_tried_now:
            save_subscription(session, retry_at_once(subscription, at=context.clock()), before=subscription)

    context.transact(work)
