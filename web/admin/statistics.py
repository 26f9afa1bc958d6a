"""Statistics: a sheet of figures for some days of the business zone, as a page, as CSV and as JSON."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

import orjson
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from domain.access.role import Permission
from domain.statistics.period import Days, day_of
from store.engine import Session
from store.payments.read_admin import gateways_of_orders
from store.statistics.read.sales import read_currencies
from store.statistics.read.sums import TAKEN_FOR, Freshness, LateChange, freshness, late_changes, taken_at
from web.admin.day_typed import DayTyped
from web.admin.figures import Sheet, Unit, changes
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.rows import Behind
from web.admin.sheets import SHEETS, WITH_MONEY
from web.admin.show import show
from web.admin.words import SANDBOX
from web.admin.written import write
from web.csv_rows import BYTE_ORDER_MARK, MEDIA_TYPE
from web.reading import read

router = AdminRouter()

USUAL_DAYS, MOST_DAYS = 30, 400

USUALLY = {"retention": 365, "subscriptions": 90}
"""Days of sheets that say little about a month."""

LATE_IN = {"sales": True, "activity": False}
"""Sheets whose days may change when they are over; whether the changes are of money."""


class Asked(BaseModel):
    """What the address asks for; what is empty or wrong is as usual. `part` is a further table of a sheet, 0 itself."""

    first: DayTyped | str = Field(default="", union_mode="left_to_right")
    last: DayTyped | str = Field(default="", union_mode="left_to_right")
    currency: str = Field(default="", max_length=3)
    part: int = Field(default=0, ge=0, le=20)


HOW_OFTEN = MappingProxyType(
    {
        "sales": "every minute",
        "retention": "month by month",
        "subscriptions": "every night",
        "gateways": "every hour",
        "promotions": "every night",
        "liability": "every night",
    }
)
"""How often the sums of a sheet are counted; minutes and activity are, by whole stretches, some time later."""


@dataclass(frozen=True, slots=True)
class _SheetPage:
    """A sheet with all that its head says."""

    sheet: Sheet
    days: Days
    today: date
    currencies: list[str]
    currency: str
    counted_until: datetime | None
    late: list[LateChange]
    has_sandbox: bool


@router.page("/statistics", Permission.STATISTICS_READ)
def statistics(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Show the first sheet."""
    return _page(request, signed, next(iter(SHEETS)), asked)


@router.page("/statistics/{name}", Permission.STATISTICS_READ)
def sheet(request: Request, name: str, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Show one sheet."""
    return _page(request, signed, name, asked)


@router.page("/statistics/{name}/csv", Permission.STATISTICS_READ)
def sheet_csv(request: Request, name: str, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Give one table of a sheet to a spreadsheet."""
    if name not in SHEETS:
        return show(request, "not_found.html", signed, status=404)
    shown = _read(request, name, asked)
    tables = (shown.sheet, *shown.sheet.parts)
    if asked.part >= len(tables):
        return show(request, "not_found.html", signed, status=404)
    table = f"{name}-{asked.part}" if asked.part else name
    currency = f"-{shown.currency}" if name in WITH_MONEY else ""
    named = f"{table}-{shown.days.first}-{shown.days.last}{currency}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{named}"'}
    return Response(BYTE_ORDER_MARK + tables[asked.part].as_csv(), media_type=MEDIA_TYPE, headers=headers)


@router.page("/statistics/{name}/json", Permission.STATISTICS_READ)
def sheet_json(request: Request, name: str, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Give one sheet to a program."""
    if name not in SHEETS:
        return show(request, "not_found.html", signed, status=404)
    shown = _read(request, name, asked)
    head = {"first": shown.days.first, "last": shown.days.last, "zone": shown.days.zone, "counted_until": _until(shown)}
    return Response(orjson.dumps(head | shown.sheet.as_json()), media_type="application/json")


def _page(request: Request, signed: Signed, name: str, asked: Asked) -> Response:
    if name not in SHEETS:
        return show(request, "not_found.html", signed, status=404)
    shown = _read(request, name, asked)
    behind = Behind(shown.days)
    may_see_rows = signed.may(Permission.ORDERS_READ)
    given = {"first": shown.days.first, "last": shown.days.last, "currency": shown.currency}
    is_compared = shown.sheet.total is not None and shown.sheet.before is not None
    return show(
        request,
        "statistics.html",
        signed,
        name=name,
        names=[(one, one.capitalize()) for one in SHEETS],
        query=urlencode(given),
        has_money=name in WITH_MONEY,
        shown=shown,
        sheet=shown.sheet,
        until=_until(shown),
        how_often=HOW_OFTEN.get(name),
        are_others=_are_others(asked, shown.days),
        is_running=shown.days.last >= shown.today,
        changes=changes(shown.sheet.total or (), shown.sheet.before or ()) if is_compared else None,
        write=write,
        behind=behind.of if may_see_rows else lambda *_: None,
        level=lambda share: min(9, int(10 * share)),
        heads=lambda one: [(column.title, column.unit is not Unit.TEXT, None) for column in one.columns],
    )


def _read(request: Request, name: str, asked: Asked) -> _SheetPage:
    context = admin_of(request).lists
    now = context.clock()

    def work(session: Session) -> _SheetPage:
        state = freshness(session)
        today = day_of(now, state.zone)
        days = _days(asked, today, state.zone, usual=USUALLY.get(name, USUAL_DAYS))
        currencies = read_currencies(session)
        usual = context.shop.currency if context.shop.currency in currencies else next(iter(currencies), "")
        currency = asked.currency if asked.currency in currencies else usual
        late = late_changes(session, days, currency=currency if LATE_IN[name] else "") if name in LATE_IN else []
        has_sandbox = name in WITH_MONEY and SANDBOX in gateways_of_orders(session)
        made = SHEETS[name](session, days, currency)
        until = _counted_until(session, name, state)
        return _SheetPage(made, days, today, currencies, currency, until, late, has_sandbox)

    return read(context, work)


def _days(asked: Asked, today: date, zone: str, *, usual: int) -> Days:
    """Return the days that are asked for: not beyond today, for a running period is compared with as many days."""
    last = min(asked.last, today) if isinstance(asked.last, date) else today
    first = asked.first if isinstance(asked.first, date) else last - timedelta(days=usual - 1)
    first = max(min(first, last), last - timedelta(days=MOST_DAYS - 1))
    return Days(first, last, zone)


def _are_others(asked: Asked, days: Days) -> bool:
    """Tell whether other days are shown than those that were asked for."""
    return any(wanted not in ("", day) for wanted, day in ((asked.first, days.first), (asked.last, days.last)))


def _counted_until(session: Session, name: str, state: Freshness) -> datetime | None:
    """Return up to when a sheet is counted; None: nothing of it is yet."""
    stretches = {"minutes": state.minutes_until, "activity": state.activity_until}
    if name in stretches:
        return stretches[name]
    return (taken_at(session, name) if name in TAKEN_FOR else None) or state.counted_at


def _until(shown: _SheetPage) -> str | None:
    """Return up to when the sheet is counted, as UTC; None: nothing is yet."""
    return None if shown.counted_until is None else f"{shown.counted_until:%Y-%m-%d %H:%M} UTC"
