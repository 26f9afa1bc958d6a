"""The rows behind a number of the statistics, by the same conditions as the number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from domain.access.role import Permission
from domain.statistics.period import Days
from store.cursor import WrongCursor
from store.engine import Session
from store.statistics.read.row_lists import LISTS
from store.statistics.read.rows import RowBehind, WantedRows, rows_behind
from store.statistics.read.sums import freshness
from web.admin.day_typed import DayTyped
from web.admin.figures import Column, Sheet, Value
from web.admin.operator import SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.written import write
from web.reading import read

router = AdminRouter()

MOST_DAYS = 400

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "orders": "Paid orders",
        "fees": "Fees of orders",
        "refunds": "Refunds",
        "disputes": "Lost disputes",
        "entries": "Lines of the ledger",
        "active": "Active accounts",
        "first_used": "Accounts that used for the first time",
        "first_paid": "Accounts that paid for the first time",
        "deferred": "Orders with unused minutes, as of now",
        "subscriptions": "Subscriptions with money that recurs",
        "ended": "Subscriptions that ended",
        "trials": "Trials that ended",
        "failed_renewals": "Renewals whose first charge failed",
        "attempts": "Attempts",
        "links": "Links to pay",
        "discounts": "Orders with a discount",
        "presents": "Minutes that were given, as of now",
    }
)


class AskedRows(BaseModel):
    """Which rows the address asks for."""

    first: DayTyped
    last: DayTyped
    currency: str = Field(default="", max_length=3)
    gateway: str = Field(default="", max_length=64)
    kind: str = Field(default="", max_length=64)
    product: str = Field(default="", max_length=128)
    outcome: str = Field(default="", max_length=64)
    retry: str = Field(default="", max_length=64)
    code: str = Field(default="", max_length=256)
    figure: str = Field(default="", max_length=64)
    source: str = Field(default="", max_length=64)
    cursor: str | None = Field(default=None, max_length=2_000)


@router.page("/statistics/rows/{what}", Permission.ORDERS_READ)
def rows(request: Request, what: str, signed: SignedIn, asked: Annotated[AskedRows, Query()]) -> Response:
    """Show the rows that a number is made of."""
    if what not in LISTS:
        return show(request, "not_found.html", signed, status=404)

    def work(session: Session) -> tuple[list[RowBehind], str | None, Days]:
        last = max(asked.first, min(asked.last, asked.first + timedelta(days=MOST_DAYS - 1)))
        days = Days(asked.first, last, freshness(session).zone)
        given = asked.model_dump(exclude={"first", "last"})
        return *rows_behind(session, what, WantedRows(days=days, **given)), days

    try:
        found, following, days = read(admin_of(request).lists, work)
    except WrongCursor:
        return show(request, "not_found.html", signed, status=404)
    given = {name: value for name, value in asked.model_dump(exclude={"cursor"}).items() if value}
    older = None if following is None else f"/statistics/rows/{what}?{urlencode(given | {'cursor': following})}"
    return show(
        request,
        "statistics_rows.html",
        signed,
        title=TITLES[what],
        days=days,
        filters=[(name, value) for name, value in given.items() if name not in ("first", "last")],
        rows=found,
        older=older,
        has={name: any(getattr(row, name) is not None for row in found) for name in RowBehind.__dataclass_fields__},
        write=write,
    )


@dataclass(frozen=True, slots=True)
class Behind:
    """Makes the addresses of the rows behind the numbers of a sheet; `days` are those of the page."""

    days: Days

    def of(
        self, sheet: Sheet, column: Column, values: tuple[Value, ...] | None, days: Days | None = None
    ) -> str | None:
        """
        Return the address of the rows behind one number; None: it has none.

        Args:
            sheet: in which the number stands.
            column: its column.
            values: those of its row; None: it is a sum of all rows.
            days: of that sum, where they are not those of the page.
        """
        if column.rows is None:
            return None
        what, _, figure = column.rows.partition(":")
        wanted = days or self.days
        given: dict[str, str] = {"figure": figure} if figure else {}
        if sheet.currency:
            given["currency"] = sheet.currency
        if values is None:
            return None if what in ONE_DAY else _address(what, wanted, given)
        if not values[[one.name for one in sheet.columns].index(column.name)]:
            return None
        for one, value in zip(sheet.columns, values, strict=True):
            match one.filters:
                case None:
                    pass
                case "day":
                    day = date.fromisoformat(str(value))
                    wanted = Days(day, day, wanted.zone)
                case "month":
                    month = date.fromisoformat(f"{value}-01")
                    following = (month + timedelta(days=31)).replace(day=1)
                    wanted = Days(month, following - timedelta(days=1), wanted.zone)
                case name:
                    given[name] = str(value)
        return _address(what, wanted, given)


ONE_DAY = frozenset({"entries", "active", "subscriptions", "deferred", "presents"})
"""Lists of one day: of more of them they would be too long, or stand for something else."""


def _address(what: str, days: Days, given: Mapping[str, str]) -> str:
    return f"/statistics/rows/{what}?{urlencode({'first': days.first, 'last': days.last, **given})}"
