"""All sheets; and those of sales, minutes and activity. What each figure is: domain/statistics/README.md."""

from collections.abc import Callable
from types import MappingProxyType

from domain.statistics.period import Days
from store.engine import Session
from store.statistics.read.activity import ActiveDay, read_activity
from store.statistics.read.minutes import MinutesDay, read_breakage, read_minutes
from store.statistics.read.sales import Sums, read_open_disputes, read_payers, read_sales, read_total
from web.admin.figures import Column, Sheet, Unit, Value
from web.admin.sheet_gateways import gateways
from web.admin.sheet_liability import liability
from web.admin.sheet_promotions import promotions
from web.admin.sheet_retention import retention
from web.admin.sheet_subscriptions import subscriptions

MakeSheet = Callable[[Session, Days, str], Sheet]

_SUMS = (
    Column("orders", "Orders", rows="orders"),
    Column("gross_minor", "Gross", Unit.MONEY, rows="orders"),
    Column("refunded_minor", "Refunds", Unit.MONEY, rows="refunds"),
    Column("lost_minor", "Disputes lost", Unit.MONEY, rows="disputes"),
    Column("net_minor", "Net", Unit.MONEY),
    Column("fee_minor", "Fees", Unit.MONEY, rows="fees"),
    Column("payout_minor", "Payout", Unit.MONEY),
)


def _values(sums: Sums) -> tuple[Value, ...]:
    return tuple(getattr(sums, column.name) for column in _SUMS)


def sales(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of sales in one currency."""
    found, before = read_sales(session, days, currency), days.before

    def part(title: str, name: str, sums: dict[str, Sums]) -> Sheet:
        columns = (Column("name", name, Unit.TEXT, filters=name.lower()), *_SUMS)
        return Sheet(title, columns, tuple((key, *_values(one)) for key, one in sums.items()), "", currency)

    payers = ("Accounts that paid", found.payers, read_payers(session, before, currency))
    per_payer = [found.total.net_minor // found.payers if found.payers else None]
    return Sheet(
        title="Sales",
        columns=(Column("day", "Day", Unit.TEXT, filters="day"), *_SUMS),
        rows=tuple((str(day), *_values(one)) for day, one in found.days.items()),
        total=("", *_values(found.total)),
        before=("", *_values(read_total(session, before, currency))),
        currency=currency,
        charted="net_minor",
        definition=(
            "Gross are the prices of paid orders at the gateway's moments. Refunds and lost disputes count on "
            "their own day, not on that of the sale. Net is gross less both, and may be below zero. Fees are "
            "what gateways say that they keep, in this currency; payout is net less fees. The sandbox, free "
            "orders and accounts for tests are left out."
        ),
        parts=(
            Sheet(
                "Payers",
                (
                    Column("name", "", Unit.TEXT),
                    Column("now", "In this period"),
                    Column("before", "In the one before"),
                    Column("per_payer_minor", "Net for each", Unit.MONEY),
                ),
                ((*payers, *per_payer),),
                "",
                currency,
                note="Accounts that paid are counted every hour.",
            ),
            part("By kind of purchase", "Kind", found.by_kind),
            part("By product", "Product", found.by_product),
            part("By gateway", "Gateway", found.by_gateway),
            _open_disputes(session, currency),
        ),
    )


_MINUTES = tuple(
    Column(name, title, Unit.SECONDS, rows=f"entries:{name}")
    for name, title in (
        ("sold", "Sold"),
        ("given", "Given"),
        ("used", "Used"),
        ("settled", "Used before, paid now"),
        ("expired", "Expired"),
        ("voided", "Voided"),
        ("debt", "More owed"),
        ("forgiven", "Forgiven"),
    )
)


def _open_disputes(session: Session, currency: str) -> Sheet:
    found = read_open_disputes(session, currency)
    columns = (
        Column("gateway", "Gateway", Unit.TEXT, filters="gateway"),
        Column("disputes", "Disputes"),
        Column("amount_minor", "Their money", Unit.MONEY),
    )
    return Sheet("Disputes that are open now, and in no figure", columns, tuple(found), "", currency)


def _seconds(one: MinutesDay) -> tuple[Value, ...]:
    return tuple(getattr(one, column.name) for column in _MINUTES)


def minutes(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of minutes; the currency does not matter."""
    found = read_minutes(session, days)
    return Sheet(
        title="Minutes",
        columns=(Column("day", "Day", Unit.TEXT, filters="day"), *_MINUTES),
        rows=tuple((str(day), *_seconds(one)) for day, one in found.days.items()),
        total=("", *_seconds(found.total)),
        before=("", *_seconds(read_minutes(session, days.before).total)),
        charted="used",
        definition=(
            "By the moment of booking, so a day that is over does not change. Sold were granted by orders, "
            "also those that a code made free; given were not. Used is what packages paid for, less what "
            "reversals gave back; what was owed and is paid by a purchase stands apart, for it was used earlier."
        ),
        parts=(
            Sheet(
                "Granted",
                (Column("kind", "Kind", Unit.TEXT), Column("granted", "Granted", Unit.SECONDS)),
                tuple(found.total.granted.items()),
                "",
            ),
            Sheet(
                "Left at the end of the period",
                (Column("kind", "Kind", Unit.TEXT), Column("left", "Left", Unit.SECONDS)),
                (*found.left.items(), *([("owed by accounts", found.owed)] if found.owed else [])),
                "",
            ),
            _breakage(session, days),
        ),
    )


def _breakage(session: Session, days: Days) -> Sheet:
    columns = (
        Column("month", "Usable from", Unit.TEXT),
        Column("kind", "Kind", Unit.TEXT),
        Column("granted", "Granted", Unit.SECONDS),
        Column("voided", "Voided", Unit.SECONDS),
        Column("expired", "Expired", Unit.SECONDS),
        Column("open", "May still be used", Unit.SECONDS),
        Column("rate", "Breakage", Unit.SHARE),
    )
    rows = tuple(
        (
            f"{one.month:%Y-%m}",
            one.kind,
            one.granted_seconds,
            one.voided_seconds,
            one.expired_seconds,
            one.open_seconds,
            one.rate,
        )
        for one in read_breakage(session, days)
    )
    note = "As of last night. Breakage is what expired of all that was not voided, once nothing of a month is open."
    return Sheet("What became of each month's minutes", columns, rows, "", note=note)


_ACTIVITY = (
    Column("day", "Day", Unit.TEXT, filters="day"),
    Column("of_day", "Active on it", rows="active"),
    Column("of_week", "In 7 days"),
    Column("of_month", "In 30 days"),
    Column("stickiness", "Day to month", Unit.SHARE),
    Column("seconds", "Used", Unit.SECONDS),
    Column("first_used", "First use", rows="first_used"),
    Column("first_paid", "First payment", rows="first_paid"),
)

_ADDS_UP = frozenset({"seconds", "first_used", "first_paid"})
"""Figures of activity that do; accounts of several days do not."""


def _added_up(found: list[ActiveDay]) -> tuple[Value, ...]:
    names = [column.name for column in _ACTIVITY[1:]]
    return ("", *(sum(getattr(one, name) for one in found) if name in _ADDS_UP else None for name in names))


def activity(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of activity; the currency does not matter."""
    found = read_activity(session, days)
    return Sheet(
        title="Activity",
        columns=_ACTIVITY,
        rows=tuple((str(one.day), *(getattr(one, column.name) for column in _ACTIVITY[1:])) for one in found),
        total=_added_up(found),
        before=_added_up(read_activity(session, days.before)),
        charted="of_day",
        definition=(
            "Accounts with a usage that is not reversed, by the moment at which it happened, which may be "
            "heard of up to 72 hours later; then the day is counted again. The 7 and the 30 days end with the "
            "day. Only days that are over are here. Accounts of several days do not add up."
        ),
    )


SHEETS: MappingProxyType[str, MakeSheet] = MappingProxyType(
    {
        "sales": sales,
        "minutes": minutes,
        "activity": activity,
        "retention": retention,
        "subscriptions": subscriptions,
        "gateways": gateways,
        "promotions": promotions,
        "liability": liability,
    }
)
"""Name in the address -> what makes the sheet."""

WITH_MONEY = frozenset({"sales", "subscriptions", "promotions", "liability"})
"""Sheets of one currency."""
