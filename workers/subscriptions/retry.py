"""Retrying: when another method can be charged, a renewal that is owed is charged at once, and a trial begins."""

from domain.minutes.standing import Standing
from domain.subscriptions.dun import retry_at_once
from messages.read import Event
from messages.subscriptions.reminders import SubscriptionMethodReady
from store.engine import Session
from store.minutes.book import lock_account
from store.minutes.standing import find_standing
from store.payments.method import find_method
from store.payments.order import lock_order
from store.subscriptions.subscription import lock_subscription_of, save_subscription
from workers.context import Context
from workers.facts import Facts
from workers.payments.checkout import open_checkout
from workers.subscriptions.trial import begin_with_method


def retry_with_method(context: Context, event: Event) -> None:
    """
    Let the due tick charge an owed renewal now, or let a trial begin that waited for a method.

    A renewal that can be paid by an open checkout waits for that. A trial of somebody whose card shows that they
    had one is paid by a checkout.

    Raises:
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, SubscriptionMethodReady)

    def work(session: Session) -> str | None:
        lock_account(session, envelope.subject)
        if find_standing(session, envelope.subject) is not Standing.OPEN:
            # A trial that waits for a method looks for it again by itself.
            return None
        subscription = lock_subscription_of(session, envelope.subject, None)
        method = find_method(session, envelope.data.method_id)
        if subscription is None or method is None or not method.is_usable or method.gateway != subscription.gateway:
            return None
        if subscription.awaits_trial:
            facts = Facts(context.clock())
            facts.name_cause(envelope)
            return begin_with_method(session, context.shop, subscription, facts)
        if not subscription.is_owed or method.gateway in context.shop.without_renewals:
            return None
        order = lock_order(session, subscription.order_id) if subscription.order_id else None
        is_tried_now = order is not None and order.is_open and order.method_id == method.id
        if not is_tried_now:
            save_subscription(session, retry_at_once(subscription, at=context.clock()), before=subscription)
        return None

    order_id = context.transact(work)
    if order_id is not None:
        open_checkout(context, order_id)
