"""Reconciliation: lost webhooks are recovered by polling the gateways."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.gateway.errors import CallRefused, GatewayError, NotFound
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.port import Gateway
from domain.gateway.refund import GatewayRefundStatus
from messages.errors import Unavailable
from store.engine import Session
from store.payments.order import find_open_orders, find_order, mark_polled, save_gateway_update
from store.payments.refund import find_open_refunds
from store.payments.totals import save_totals
from store.payments.webhook import Webhook, find_open_webhooks, save_webhook
from workers.context import Context
from workers.payments.checkout import open_checkout
from workers.payments.payment import apply_payment, emit_purchase_failed
from workers.payments.refund import send_refund
from workers.payments.refund_result import apply_refund
from workers.payments.webhook import follow

log = logging.getLogger(__name__)


OPEN_FOR = timedelta(minutes=10)
"""How long a row may be open before it is looked up: a webhook comes within seconds, if it comes."""


ABANDONED_AFTER = timedelta(days=4)
"""When an order that the gateway still calls pending is given up; late money would still count."""


LOOK_BACK = timedelta(hours=26)
"""More than a day, so that two looks overlap whatever was late."""


SUM_DAYS = 7


CHUNK = 200


MAX_FAILURES = 3
"""A gateway that did not answer so often in one look is left alone until the next."""


class Row(NamedTuple):
    """Something open at a gateway, and how to look at it."""

    gateway: str
    look: Callable[[], object]


def poll_open_payments(context: Context, *, open_for: timedelta = OPEN_FOR) -> int:
    """
    Look up orders, refunds and webhooks that are open for some time; this alone repairs a lost webhook.

    Args:
        context: what handlers need.
        open_for: younger rows are left to their webhooks.

    Returns:
        How many were looked at.
    """
    before, names = context.clock() - open_for, list(context.gateways)

    def waiting(session: Session) -> list[Row]:
        return [
            *(
                Row(gateway, lambda order_id=order_id: _poll_order(context, order_id))  # type: ignore[misc]
                for order_id, gateway in find_open_orders(session, gateways=names, before=before, limit=CHUNK)
            ),
            *(
                Row(gateway, lambda refund_id=refund_id: send_refund(context, refund_id))  # type: ignore[misc]
                for refund_id, gateway in find_open_refunds(session, gateways=names, before=before, limit=CHUNK)
            ),
            *(
                Row(webhook.gateway, lambda webhook=webhook: _retry_webhook(context, webhook))  # type: ignore[misc]
                for webhook in find_open_webhooks(session, gateways=names, before=before, limit=CHUNK)
            ),
        ]

    rows = context.transact(waiting)
    failures: Counter[str] = Counter()
    for row in rows:
        if failures[row.gateway] >= MAX_FAILURES:
            continue
        try:
            row.look()
        except (GatewayError, Unavailable) as error:
            failures[row.gateway] += 1
            log.warning("an open row is left to the next look: %s", error)
    return len(rows)


def _retry_webhook(context: Context, webhook: Webhook) -> None:
    follow(context, context.transact(lambda session: save_webhook(session, webhook)))


def import_recent(context: Context) -> int:
    """
    Apply what the gateways list for the last day, to find what was never known here; return how many.

    Payments of nobody's order are of another shop of the same account, and left alone.
    """
    until = context.clock()
    looked = 0
    for name, gateway in context.gateways.items():
        try:
            for item in gateway.list_recent(until - LOOK_BACK, until):
                looked += 1
                if isinstance(item, GatewayPayment):
                    apply_payment(context, name, item)
                else:
                    apply_refund(context, name, item)
        except (GatewayError, Unavailable) as error:
            log.warning("what %s has of late could not be looked at to the end: %s", name, error)
    return looked


def compare_totals(context: Context) -> list[str]:
    """
    Compare the money of the last days with the gateways', and return a sentence for each difference.

    Source: GATEWAYS, "Reconciliation": daily, seven days, by gateway and currency.
    """
    today = context.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    differences = []
    for name, gateway in context.gateways.items():
        try:
            sums = _gateway_totals(gateway, today - timedelta(days=SUM_DAYS), today)
        except GatewayError as error:
            log.warning("the sums of %s could not be compared: %s", name, error)
            continue
        for back in range(SUM_DAYS, 0, -1):
            day = today - timedelta(days=back)
            differences += _compare(context, name, day, sums[day])
    for sentence in differences:
        log.error("%s", sentence)
    return differences


def _compare(context: Context, name: str, day: datetime, theirs: dict[str, tuple[int, int]]) -> list[str]:
    next_day = day + timedelta(days=1)
    differing = context.transact(lambda session: save_totals(session, day, name, theirs, next_day=next_day))
    return [f"{name}: the money of {day:%Y-%m-%d} in {currency} is not what it is here" for currency in differing]


def _gateway_totals(
    gateway: Gateway, since: datetime, until: datetime
) -> defaultdict[datetime, dict[str, tuple[int, int]]]:
    seen: set[str] = set()
    sums: defaultdict[datetime, dict[str, tuple[int, int]]] = defaultdict(dict)
    # Until now, not until midnight: what is listed by its last change may have changed today.
    for item in gateway.list_recent(since, until + timedelta(days=1)):
        if isinstance(item, GatewayPayment):
            ref, captured, refunded = item.payment_ref or "", item.price.minor, 0
            counts, currency = item.status is PaymentStatus.PAID, item.price.currency
        else:
            ref, captured, refunded = item.ref, 0, item.amount.minor
            counts, currency = item.status is GatewayRefundStatus.SUCCEEDED, item.amount.currency
        if not counts or not ref or ref in seen or not since <= item.at < until:
            continue
        seen.add(ref)
        day = sums[item.at.replace(hour=0, minute=0, second=0, microsecond=0)]
        before = day.get(currency, (0, 0))
        day[currency] = (before[0] + captured, before[1] + refunded)
    return sums


def _poll_order(context: Context, order_id: str) -> None:
    order = context.transact(lambda session: find_order(session, order_id))
    if order is None or not order.is_open:
        return
    # First, so that one that cannot be looked at does not stand before all others for ever.
    context.transact(lambda session: mark_polled(session, order.id, at=context.clock()))
    if order.checkout_ref is None:
        open_checkout(context, order.id)
        return
    try:
        payment = context.gateway(order.gateway).fetch_payment(order.checkout_ref)
    except NotFound:
        payment = None
    except CallRefused as error:
        log.warning("order %s cannot be looked up: %s", order.id, error.code)
        payment = None
    if payment is not None:
        apply_payment(context, order.gateway, payment)
    # One that was approved is still open here if its money could not be taken.
    is_quiet = payment is None or payment.status in (
        PaymentStatus.PENDING,
        PaymentStatus.ACTION_REQUIRED,
        PaymentStatus.APPROVED,
    )
    if is_quiet and context.clock() - order.created_at > ABANDONED_AFTER:
        _abandon(context, order.id)


def _abandon(context: Context, order_id: str) -> None:
    def give_up(session: Session) -> None:
        order = find_order(session, order_id, locks=True)
        if order is None or not order.is_open:
            return
        now = context.clock()
        save_gateway_update(session, order, status=PaymentStatus.EXPIRED, payment=None, at=now, failure="abandoned")
        emit_purchase_failed(session, order, "abandoned", at=now)

    context.transact(give_up)
