"""Reconciliation: gateways, orders, the ledger and Screph's own log, day by day, and what makes a day differ."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from domain.access.role import Permission
from domain.money import Money
from domain.statistics.period import Days, day_of
from i18n.formats import Formats
from store.reading import reading
from store.statistics.read.differences import grant_differences, session_differences, usage_differences
from store.statistics.read.reconciliation import Comparison, Side, open_days, read_comparisons
from web.admin.day_typed import DayTyped
from web.admin.operator import SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show

router = AdminRouter()

USUAL_DAYS = 14

MOST_OPEN_DAYS = 400
"""Days that differ are shown however old they are, as far back as this."""

TITLES = {
    Side.CAPTURED: "Money: orders, gateway",
    Side.REFUNDED: "Refunds: ours, gateway",
    Side.GRANTS: "Minutes: ledger, orders",
    Side.USAGE: "Use: ledger, Screph's log",
}


class AskedDay(BaseModel):
    """Which day the address asks for; `after` is the last account of the page before."""

    day: DayTyped
    after: int = Field(default=0, ge=0, lt=2**31)


@router.page("/reconciliation", Permission.ORDERS_READ)
def reconciliation(request: Request, signed: SignedIn) -> Response:
    """Show what differs, by how soon it has to be repaired, and then the last days."""
    context = admin_of(request).lists
    now, zone = context.clock(), context.business_zone
    today = day_of(now, zone)
    with reading(context.engine) as session:
        differing = [day for day in open_days(session) if today - day < timedelta(days=MOST_OPEN_DAYS)]
        days = Days(min([today - timedelta(days=USUAL_DAYS), *differing]), today, zone)
        found = read_comparisons(session, days, now=now, late_window=context.rules.late_window)
    return show(
        request,
        "reconciliation.html",
        signed,
        open=[one for one in found if one.is_open],
        rest=[one for one in found if not one.is_open and today - one.day <= timedelta(days=USUAL_DAYS)],
        titles=TITLES,
        zone=zone,
        now=now,
        amount=_amount,
    )


@router.page("/reconciliation/day", Permission.ORDERS_READ)
def day_page(request: Request, signed: SignedIn, asked: Annotated[AskedDay, Query()]) -> Response:
    """Show what differs on one day: orders that got other seconds, and accounts whose usage differs."""
    context = admin_of(request).context
    with reading(context.engine) as session:
        accounts, after = usage_differences(session, asked.day, after=asked.after)
        orders = grant_differences(session, asked.day) if not asked.after else []
    older = f"/reconciliation/day?day={asked.day}&after={after}" if after is not None else None
    return show(
        request,
        "reconciliation_day.html",
        signed,
        day=asked.day,
        is_first=not asked.after,
        accounts=accounts,
        orders=orders,
        older=older,
        zone=context.business_zone,
        seconds=_seconds,
    )


@router.page("/reconciliation/account", Permission.ORDERS_READ)
def account_page(
    request: Request,
    signed: SignedIn,
    id: Annotated[str, Query(min_length=1, max_length=64)],  # noqa: A002
    day: Annotated[DayTyped, Query()],
) -> Response:
    """Show the sessions of one account's day that were reported and booked differently."""
    context = admin_of(request).context
    with reading(context.engine) as session:
        sessions = session_differences(session, id, day, context.business_zone)
    return show(
        request,
        "reconciliation_account.html",
        signed,
        account_id=id,
        day=day,
        sessions=sessions,
        zone=context.business_zone,
        seconds=_seconds,
    )


def _amount(formats: Formats, one: Comparison, value: int) -> str:
    """Return a sum for people: money in its currency; time to the second, for a second is a difference."""
    if one.currency:
        return formats.money(Money(value, one.currency))
    return _seconds(value)


def _seconds(value: int | None) -> str:
    """Return a time in whole seconds; what is not known as a dash."""
    return "–" if value is None else f"{value:,} s".replace(",", "\u202f")
