"""Reconciliation: lost webhooks are recovered by polling the gateways."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from domain.gateway.errors import CallRefused, GatewayError, NotFound
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.payments.order_update import ABANDONED, end_unpaid, is_abandoned
from domain.payments.webhook import Webhook
from messages.errors import Unavailable
from store.engine import Session
from store.minutes.save import save
from store.payments.order import find_open_orders, find_order, lock_order, mark_polled, save_order
from store.payments.refund import find_open_refunds
from store.payments.webhook import find_open_webhooks, save_webhook
from workers.context import Context
from workers.facts import Facts
from workers.payments.announce import emit_purchase_failed
from workers.payments.checkout import open_checkout
from workers.payments.payment import apply_payment
from workers.payments.refund import send_refund
from workers.payments.refund_result import apply_refund
from workers.payments.webhook import follow

log = logging.getLogger(__name__)

OPEN_FOR = timedelta(minutes=10)
"""How long a row may be open before it is polled: a webhook comes within seconds, if it comes."""

RECENT = timedelta(hours=26)
"""More than a day, so that two imports overlap whatever was late."""

CHUNK = 200

MAX_FAILURES = 3
"""A gateway that did not answer so often in one poll is left alone until the next."""


class OpenRow(NamedTuple):
    """Something open at a gateway, and how to poll it."""

    gateway: str
    poll: Callable[[], object]


def poll_open_payments(context: Context, *, open_for: timedelta = OPEN_FOR) -> int:
    """
    Poll orders, refunds and webhooks that are open for some time; this alone recovers a lost webhook.

    Args:
        context: what handlers need.
        open_for: younger rows are left to their webhooks.

    Returns:
        How many rows were open.
    """
    rows = context.transact(lambda session: _open_rows(session, context, open_for))
    failures: Counter[str] = Counter()
    for row in rows:
        if failures[row.gateway] >= MAX_FAILURES:
            continue
        try:
            row.poll()
        except (GatewayError, Unavailable) as error:
            failures[row.gateway] += 1
            log.warning("an open row is left to the next poll: %s", error)
    return len(rows)


def import_recent(context: Context) -> int:
    """
    Apply what the gateways list for the last day, to find what was never known here; return how many.

    Payments without an order here are of another shop of the same gateway account, and left alone.
    """
    until = context.clock()
    imported = 0
    for name, gateway in context.gateways.items():
        try:
            for item in gateway.list_recent(until - RECENT, until):
                imported += 1
                if isinstance(item, GatewayPayment):
                    apply_payment(context, name, item)
                else:
                    apply_refund(context, name, item)
        except (GatewayError, Unavailable) as error:
            log.warning("the recent payments of %s could not be imported to the end: %s", name, error)
    return imported


def _open_rows(session: Session, context: Context, open_for: timedelta) -> list[OpenRow]:
    before, names = context.clock() - open_for, list(context.gateways)
    orders = find_open_orders(session, gateways=names, before=before, limit=CHUNK)
    refunds = find_open_refunds(session, gateways=names, before=before, limit=CHUNK)
    webhooks = find_open_webhooks(session, gateways=names, before=before, limit=CHUNK)
    return [
        *(OpenRow(gateway, partial(_poll_order, context, order_id)) for order_id, gateway in orders),
        *(OpenRow(gateway, partial(send_refund, context, refund_id)) for refund_id, gateway in refunds),
        *(OpenRow(webhook.gateway, partial(_retry_webhook, context, webhook)) for webhook in webhooks),
    ]


def _retry_webhook(context: Context, webhook: Webhook) -> None:
    follow(context, context.transact(lambda session: save_webhook(session, webhook)))


def _poll_order(context: Context, order_id: str) -> None:
    order = context.transact(lambda session: find_order(session, order_id))
    if order is None or not order.is_open:
        return
    # First, so that one that cannot be polled does not stand before all others for ever.
    context.transact(lambda session: mark_polled(session, order.id, at=context.clock()))
    if order.checkout_ref is None:
        open_checkout(context, order.id)
        return
    gateway = context.gateway(order.gateway)
    # PayPal forgets an order sooner than its money.
    ref = order.payment_ref if order.under_way_since is not None and order.payment_ref else order.checkout_ref
    try:
        apply_payment(context, order.gateway, gateway.fetch_payment(ref))
    except NotFound:
        log.warning("order %s is not known at %s", order.id, order.gateway)
        if not gateway.forgets_checkouts:
            # Our key is another account's, which says nothing about the order.
            return
    except CallRefused as error:
        log.warning("order %s cannot be polled: %s", order.id, error.code)
        return
    # One that was approved is still open here if its money could not be taken.
    context.transact(lambda session: _abandon(session, order.id, Facts(context.clock())))


def _abandon(session: Session, order_id: str, facts: Facts) -> None:
    order = lock_order(session, order_id)
    if order is None or not is_abandoned(order, at=facts.at):
        return
    expired = end_unpaid(order, PaymentStatus.EXPIRED, ABANDONED, at=facts.at)
    save_order(session, expired, before=order)
    emit_purchase_failed(facts, expired, ABANDONED)
    save(session, (), facts)
