"""Comparing days: orders with the ledger, and Screph's own log with what is booked."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, timedelta
from functools import partial

from domain.statistics.period import day_of, midnight
from store.engine import Session
from store.statistics.compare import (
    compare_grants,
    compare_usage,
    days_to_compare,
    differing_days,
    forget_old_comparisons,
)
from store.statistics.snapshot import KEPT_DAYS
from workers.context import Context
from workers.due_run import Counts

DAYS = 7
"""So many days are compared again and again; older ones when something of them is reported, or differs."""


def compare_days(context: Context, wanted: Iterable[date] = ()) -> Counts:
    """
    Compare the days that are over, each in a transaction of its own, and save what differs.

    Args:
        context: what handlers need.
        wanted: days to compare besides the usual ones.

    Returns:
        How many days were compared, and how many orders and accounts differ.

    Source: domain/statistics/README.md, "Reconciliation".
    """
    counted: Counter[str] = Counter(days=0, orders=0, accounts=0)
    for day in context.transact(lambda session: _days_of_orders(session, context, wanted)):
        if context.stopping.is_set():
            return counted
        counted["orders"] += context.transact(partial(_compare_grants, day=day, context=context))
    for day in context.transact(lambda session: _days_of_usage(session, context, wanted)):
        if context.stopping.is_set():
            return counted
        differing = context.transact(partial(_compare_usage, day=day, context=context))
        counted["days"] += differing is not None
        counted["accounts"] += differing or 0
    oldest = day_of(context.clock(), context.business_zone) - timedelta(days=KEPT_DAYS)
    context.transact(lambda session: forget_old_comparisons(session, oldest))
    return counted


def _days_of_orders(session: Session, context: Context, wanted: Iterable[date]) -> list[date]:
    today = context.clock().astimezone(UTC).date()
    usual = {today - timedelta(days=back) for back in range(1, DAYS + 1)}
    return sorted(usual | {*differing_days(session), *(day for day in wanted if day < today)})


def _days_of_usage(session: Session, context: Context, wanted: Iterable[date]) -> list[date]:
    zone = context.business_zone
    today = day_of(context.clock(), zone)
    usual = days_to_compare(session, zone, today=today, back=DAYS)
    return sorted({*usual, *(day for day in wanted if day < today)})


def _compare_grants(session: Session, *, day: date, context: Context) -> int:
    bounds = (midnight(day, "UTC"), midnight(day + timedelta(days=1), "UTC"))
    return compare_grants(session, day, bounds=bounds, at=context.clock())


def _compare_usage(session: Session, *, day: date, context: Context) -> int | None:
    zone = context.business_zone
    ends_at = midnight(day + timedelta(days=1), zone)
    return compare_usage(session, day, zone, ends_at=ends_at, at=context.clock())
