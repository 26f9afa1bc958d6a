"""Money that is stored here and that its gateway does not list: the gateway is asked for it, one by one."""

from collections.abc import Collection
from datetime import datetime, timedelta

from domain.gateway.errors import NotFound
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.recent import ListedObject, UnreadObject
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.payments.refund import REVIEWED_REF
from store.payments.dispute import find_disputes
from store.payments.unlisted import MoneyHere, find_money_besides
from workers.context import Context
from workers.payments.gateway_object import apply_object
from workers.payments.poll_report import PollReport

LISTED_WITHIN = timedelta(minutes=30)
"""Younger money may not be in a gateway's list yet."""

MOST_ASKED = 20
"""So many a gateway is asked for in one run; there is next to none, unless something is wrong."""


def ref_of(listed: ListedObject) -> str | None:
    """Return the gateway's id of listed money that came or went back, or of what could not be read; else None."""
    match listed:
        case GatewayPayment() if listed.status is PaymentStatus.PAID:
            return listed.payment_ref
        case GatewayRefund() if listed.status is GatewayRefundStatus.SUCCEEDED:
            return listed.ref
        case UnreadObject():
            return listed.ref
        case _:
            return None


def ask_for_unlisted(
    context: Context, report: PollReport, listed: Collection[str], *, since: datetime, until: datetime
) -> None:
    """
    Ask a gateway for money of a time that counts here and that it did not list, and report what does not count there.

    Args:
        context: what handlers need.
        report: of the poll that has read the list.
        listed: ids of what it listed.
        since: aware UTC moment at which the list begins.
        until: at which it ends.

    Raises:
        GatewayError: the gateway gave no clear answer.
        Unavailable: as `apply_object`.
    """
    found = context.transact(
        lambda session: find_money_besides(
            session, report.gateway, listed, since=since, until=until - LISTED_WITHIN, limit=MOST_ASKED
        )
    )
    for money in found:
        if not money.ref.startswith(REVIEWED_REF):
            problem = _problem_of(context, report.gateway, money)
            if problem is not None:
                report.add(problem)


def _problem_of(context: Context, name: str, money: MoneyHere) -> str | None:
    gateway = context.gateway(name)
    what = f"refund {money.ref} of" if money.is_refund else f"payment {money.ref} of"
    try:
        there = gateway.fetch_refund(money.ref) if money.is_refund else gateway.fetch_payment(money.ref)
    except NotFound:
        return f"{what} order {money.order_id} counts here, and the gateway does not know it"
    apply_object(context, name, there)
    if isinstance(there, GatewayPayment):
        counts = there.status is PaymentStatus.PAID
    else:
        # One that has failed was just taken back here, too.
        counts = there.status is not GatewayRefundStatus.PENDING
    if counts or _is_disputed(context, money.order_id):
        return None
    return f"{what} order {money.order_id} counts here, and is {there.status} at the gateway"


def _is_disputed(context: Context, order_id: str) -> bool:
    """Tell whether a dispute says why money does not count there: PayPal holds or denies a payment meanwhile."""
    found = context.transact(lambda session: find_disputes(session, order_id))
    return any(one.blocks_refunds for one in found)
