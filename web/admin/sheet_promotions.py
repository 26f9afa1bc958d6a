"""The sheet of promotions. What each figure is: domain/statistics/README.md, "Promotions"."""

from domain.statistics.period import Days
from store.engine import Session
from store.statistics.read.promotions import Cost, Costs, read_costs
from web.admin.figures import Column, Sheet, Unit, Value

_COLUMNS = (
    Column("id", "Name", Unit.TEXT, filters="code"),
    Column("source", "Kind", Unit.TEXT, filters="source"),
    Column("orders", "Orders", rows="discounts"),
    Column("discount_minor", "Discounts", Unit.MONEY, rows="discounts"),
    Column("granted_seconds", "Given", Unit.SECONDS),
    Column("used_seconds", "Used", Unit.SECONDS, rows="presents"),
    Column("worth_minor", "Used, at the cash price", Unit.MONEY),
    Column("open_seconds", "May still be used", Unit.SECONDS, rows="presents"),
)

DEFINITION = (
    "Discounts are the list price less what was paid, of paid orders that were not given back in full; an order that "
    "is given back later takes its discount out on that day. Given minutes are those of codes, programmes, campaigns "
    "and referrals. The cash price of a second is what first and repeated orders of packages cost in the period, over "
    "their seconds: what used minutes would have brought, had they been bought, so it is no money spent. Minutes that "
    "came without an order have no currency and stand on the page of each. Figures are the difference of two nights; "
    "trials are not here."
)


def promotions(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of promotions in one currency."""
    found, before = read_costs(session, days, currency), read_costs(session, days.before, currency)
    return Sheet(
        title="Promotions",
        columns=_COLUMNS,
        rows=() if found is None else tuple(_values(one, found) for one in found.costs),
        total=None if found is None else _total(found),
        before=None if before is None else _total(before),
        sums_are=("All of them", "Before"),
        currency=currency,
        charted="discount_minor",
        definition=DEFINITION,
        note="" if found is None else f"From the end of {found.since} to the end of {found.until}.",
    )


def _values(one: Cost, of: Costs) -> tuple[Value, ...]:
    worth = None if of.second_price is None else round(one.used_seconds * of.second_price)
    return (
        one.id,
        one.source,
        one.orders,
        one.discount_minor,
        one.granted_seconds,
        one.used_seconds,
        worth,
        one.open_seconds,
    )


def _total(of: Costs) -> tuple[Value, ...]:
    columns = list(zip(*(_values(one, of) for one in of.costs), strict=True)) if of.costs else []
    sums = [None if None in values else sum(values) for values in columns[2:]]
    return ("", "", *sums) if columns else ("", "", *(0 for _ in _COLUMNS[2:]))
