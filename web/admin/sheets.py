"""All sheets; and those of sales, minutes, activity, liability. What each figure is: domain/statistics/README.md."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from types import MappingProxyType

from domain.statistics.period import Days
from store.engine import Session
from store.statistics.read.activity import read_activity
from store.statistics.read.liability import DeferredDay, read_deferred, read_offers
from store.statistics.read.minutes import MinutesDay, read_minutes
from store.statistics.read.sales import Sums, read_payers, read_sales, read_total
from web.admin.figures import Column, Sheet, Unit, Value
from web.admin.sheet_gateways import gateways
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
            ),
            part("By kind of purchase", "Kind", found.by_kind),
            part("By product", "Product", found.by_product),
            part("By gateway", "Gateway", found.by_gateway),
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
            "By the moment of booking, so a day that is over does not change. Sold were granted for money, "
            "given were not. Used is what packages paid for, less what reversals gave back; what was owed and "
            "is paid by a purchase stands apart, for it was used earlier."
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
                tuple(found.left.items()),
                "",
            ),
        ),
    )


def activity(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of activity; the currency does not matter."""
    return Sheet(
        title="Activity",
        columns=(
            Column("day", "Day", Unit.TEXT, filters="day"),
            Column("of_day", "Active on it", rows="active"),
            Column("of_week", "In 7 days"),
            Column("of_month", "In 30 days"),
            Column("stickiness", "Day to month", Unit.SHARE),
            Column("seconds", "Used", Unit.SECONDS),
            Column("first_used", "First use", rows="first_used"),
            Column("first_paid", "First payment", rows="first_paid"),
        ),
        rows=tuple(
            (
                str(one.day),
                one.of_day,
                one.of_week,
                one.of_month,
                one.stickiness,
                one.seconds,
                one.first_used,
                one.first_paid,
            )
            for one in read_activity(session, days)
        ),
        charted="of_day",
        definition=(
            "Accounts with a usage that is not reversed, by the moment at which it happened, which may be "
            "heard of up to 72 hours later; then the day is counted again. The 7 and the 30 days end with the "
            "day. Only days that are over are here. Accounts of several days do not add up."
        ),
    )


def liability(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of what is paid and not used yet, in one currency."""
    found = read_deferred(session, days, currency)
    inside = [one for one in found if one.day >= days.first]
    offers = read_offers(session, inside[-1].day, currency) if inside else []
    return Sheet(
        title="Liability",
        columns=(
            Column("day", "End of day", Unit.TEXT),
            Column("deferred_minor", "Deferred", Unit.MONEY),
            Column("seconds", "Unused", Unit.SECONDS),
            Column("earned_minor", "Earned since the day before", Unit.MONEY),
        ),
        rows=tuple(_earned(found, days)),
        currency=currency,
        charted="deferred_minor",
        definition=(
            "What was paid and not used yet, package by package, as a refund would value it. Earned is what "
            "was sold and is not deferred, from one day to the next. It is a management figure: the law may "
            "see minutes that expire otherwise. A day on which nobody counted is missing."
        ),
        parts=(
            Sheet(
                "By product at the end of the last day",
                (
                    Column("product", "Product", Unit.TEXT, filters="product"),
                    Column("kind", "Kind", Unit.TEXT, filters="kind"),
                    Column("deferred_minor", "Deferred", Unit.MONEY, rows="deferred"),
                    Column("seconds", "Unused", Unit.SECONDS),
                ),
                tuple((one.product_id, one.kind, one.deferred_minor, one.seconds) for one in offers),
                "",
                currency,
            ),
        ),
    )


def _earned(found: list[DeferredDay], days: Days) -> Iterable[tuple[Value, ...]]:
    known = {one.day: one for one in found}
    for one in found:
        if one.day < days.first:
            continue
        before = known.get(one.day - timedelta(days=1))
        earned = None if before is None else one.earned_minor - before.earned_minor
        yield str(one.day), one.deferred_minor, one.seconds, earned


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
