"""Totals: the money of the last days, compared with the gateways' by day, gateway and currency."""

import logging
from collections import defaultdict
from datetime import datetime, timedelta

from domain.gateway.errors import GatewayError
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.port import Gateway
from domain.gateway.refund import GatewayRefundStatus
from store.payments.totals import Totals, save_totals
from workers.context import Context

log = logging.getLogger(__name__)

TOTALS_DAYS = 7


def compare_totals(context: Context) -> list[str]:
    """
    Compare the money of the last days with the gateways', and return a sentence for each difference.

    Source: domain/payments/README.md, "Reconciliation".
    """
    today = _midnight(context.clock())
    differences = []
    for name, gateway in context.gateways.items():
        try:
            totals = _gateway_totals(gateway, today - timedelta(days=TOTALS_DAYS), today)
        except GatewayError as error:
            log.warning("the totals of %s could not be compared: %s", name, error)
            continue
        for back in range(TOTALS_DAYS, 0, -1):
            day = today - timedelta(days=back)
            differences += _compare(context, name, day, totals[day])
    for sentence in differences:
        log.error("%s", sentence)
    return differences


def _compare(context: Context, name: str, day: datetime, theirs: Totals) -> list[str]:
    next_day = day + timedelta(days=1)
    differing = context.transact(lambda session: save_totals(session, day, name, theirs, next_day=next_day))
    return [f"{name}: the money of {day:%Y-%m-%d} in {currency} is not what it is here" for currency in differing]


def _gateway_totals(
    gateway: Gateway, since: datetime, until: datetime
) -> defaultdict[datetime, dict[str, tuple[int, int]]]:
    seen: set[str] = set()
    totals: defaultdict[datetime, dict[str, tuple[int, int]]] = defaultdict(dict)
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
        day = totals[_midnight(item.at)]
        before = day.get(currency, (0, 0))
        day[currency] = (before[0] + captured, before[1] + refunded)
    return totals


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
