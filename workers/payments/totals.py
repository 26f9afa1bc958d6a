"""Totals: the money of the last days, compared with the gateways' by day, gateway and currency."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.gateway.errors import GatewayError
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.recent import ListedObject, UnreadObject
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.ids import is_own_id
from domain.money import Money
from store.engine import Session
from store.payments.ownership import find_own_payments, find_unapplied_payments
from store.payments.totals import Totals, save_totals
from workers.context import Context
from workers.payments.poll_report import PollReport

log = logging.getLogger(__name__)

TOTALS_DAYS = 7


class MoneyMoved(NamedTuple):
    """Money of a payment that was captured or refunded; `own_id` is the id of ours that it names, if it does."""

    payment_ref: str
    own_id: str | None
    captured: Money | None
    refunded: Money | None
    at: datetime


def compare_totals(context: Context) -> list[str]:
    """
    Compare the money of the last days with the gateways', and return a sentence for each difference.

    Source: domain/payments/README.md, "Reconciliation".
    """
    today = _midnight(context.clock())
    differences = []
    for name, gateway in context.gateways.items():
        report = PollReport(name, "sums")
        try:
            listed = list(gateway.list_recent(today - timedelta(days=TOTALS_DAYS), today + timedelta(days=1)))
        except GatewayError as error:
            report.add(f"the totals could not be compared: {error}")
        else:
            differences += _compare_days(context, name, listed, today)
            for one in listed:
                if isinstance(one, UnreadObject):
                    report.add(f"{one.subject} {one.ref} is not in the totals: {one.reason}")
        report.save(context)
    for sentence in differences:
        log.error("%s", sentence)
    return differences


def _compare_days(context: Context, name: str, listed: Sequence[ListedObject], today: datetime) -> list[str]:
    since = today - timedelta(days=TOTALS_DAYS)
    movements = [one for one in _movements(listed) if since <= one.at < today]
    ours = context.transact(lambda session: _ours(session, name, movements))
    totals = _totals(ours)
    differences = []
    for back in range(TOTALS_DAYS, 0, -1):
        day = today - timedelta(days=back)
        differences += _compare(context, name, day, totals[day])
    return differences


def _compare(context: Context, name: str, day: datetime, theirs: Totals) -> list[str]:
    next_day = day + timedelta(days=1)
    differing = context.transact(
        lambda session: save_totals(session, day, name, theirs, next_day=next_day, at=context.clock())
    )
    return [f"{name}: the money of {day:%Y-%m-%d} in {currency} is not what it is here" for currency in differing]


def _movements(listed: Iterable[ListedObject]) -> list[MoneyMoved]:
    """Return the money that moved, each once."""
    moved: dict[str, MoneyMoved] = {}
    for one in listed:
        match one:
            case GatewayPayment() if one.status is PaymentStatus.PAID and one.payment_ref:
                moved[one.payment_ref] = MoneyMoved(one.payment_ref, one.order_id, one.price, None, one.at)
            case GatewayRefund() if one.status is GatewayRefundStatus.SUCCEEDED:
                moved[one.ref] = MoneyMoved(one.payment_ref, one.refund_id, None, one.amount, one.at)
    return list(moved.values())


def _ours(session: Session, gateway: str, moved: Sequence[MoneyMoved]) -> list[MoneyMoved]:
    """Return what moved for our orders: other shops have their own money, and what bought nothing is reviewed apart."""
    refs = sorted({one.payment_ref for one in moved})
    bought, nothing = find_own_payments(session, gateway, refs), find_unapplied_payments(session, gateway, refs)
    named = {one.payment_ref for one in moved if is_own_id(one.own_id)}
    return [one for one in moved if one.payment_ref in (bought | named) - nothing]


def _totals(moved: Iterable[MoneyMoved]) -> defaultdict[datetime, dict[str, tuple[int, int]]]:
    totals: defaultdict[datetime, dict[str, tuple[int, int]]] = defaultdict(dict)
    for one in moved:
        money = one.captured or one.refunded
        assert money is not None
        day = totals[_midnight(one.at)]
        captured, refunded = day.get(money.currency, (0, 0))
        if one.captured is None:
            day[money.currency] = (captured, refunded + money.minor)
        else:
            day[money.currency] = (captured + money.minor, refunded)
    return totals


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
