"""A checkout that was not paid in time: its gateway is asked once more before the method is charged in its place."""

from datetime import timedelta

from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import PaymentStatus
from domain.payments.order import Order
from domain.subscriptions.renew import attempt_put_off
from messages.errors import Unavailable
from store.engine import Session
from store.minutes.book import lock_account
from store.minutes.save import save
from store.payments.order import find_order, lock_order
from store.subscriptions.subscription import lock_subscription, save_subscription
from workers.context import Context
from workers.facts import Facts
from workers.payments.payment import Report, apply_report
from workers.payments.withdraw import withdraw
from workers.subscriptions.follow import follow_cases

A_MOMENT = timedelta(minutes=1)


def end_missed_checkout(context: Context, order_id: str) -> None:
    """
    Ask what became of the checkout of an order; if it is unpaid still, it is over, and the next attempt may begin.

    From then on an approval takes no money any more. Without an answer it stays open: its buyer may have paid, and
    nobody has heard of it.

    Args:
        context: what handlers need.
        order_id: of a subscription; nothing happens unless its present attempt is a checkout that is open.

    Raises:
        Unavailable: the gateway gave no answer; repeating is harmless.
    """
    order = context.transact(lambda session: find_order(session, order_id))
    if order is None or not order.is_open or order.is_charge or order.checkout_ref is None:
        return
    gateway = context.gateway(order.gateway)
    try:
        payment = gateway.fetch_payment(order.checkout_ref)
        apply_report(context, Report(order.gateway, payment, follow=follow_cases))
    except NotFound as error:
        if not gateway.forgets_checkouts:
            # Our key is another account's, which says nothing about the order.
            raise Unavailable(f"the checkout of order {order.id} is not known at {order.gateway}") from error
    except (UnableToReach, CallRefused) as error:
        raise Unavailable(f"whether the checkout of order {order.id} was paid is not known yet: {error}") from error
    context.transact(lambda session: _end(session, context, order))


def _end(session: Session, context: Context, asked: Order) -> None:
    facts = Facts(context.clock())
    lock_account(session, asked.account_id)
    order = lock_order(session, asked.id)
    assert order is not None
    is_the_one = (order.attempt, order.checkout_ref) == (asked.attempt, asked.checkout_ref)
    if not is_the_one or not may_be_missed(order):
        return
    subscription = lock_subscription(session, order.subscription_id or "")
    if subscription is None or subscription.order_id != order.id:
        return
    withdraw(session, order, facts)
    put_off = attempt_put_off(subscription, until=facts.at + A_MOMENT)
    save_subscription(session, put_off, before=subscription)
    save(session, (), facts)


def may_be_missed(order: Order) -> bool:
    """Tell whether the buyer of an order has not paid its checkout, as far as is known: neither approved nor begun."""
    return order.is_open and order.status is not PaymentStatus.APPROVED and order.under_way_since is None
