"""The sheet of gateways. What each figure is: domain/statistics/README.md, "Gateways"."""

from dataclasses import replace
from datetime import date

from domain.statistics.period import Days
from store.engine import Session
from store.statistics.read.gateways import (
    Attempts,
    Links,
    add_attempts,
    add_links,
    links_known_until,
    read_attempts,
    read_attempts_by_gateway,
    read_declined,
    read_links,
    read_links_by_gateway,
)
from store.statistics.read.recurring import matured_until
from web.admin.figures import Column, Sheet, Unit, Value

_ATTEMPTS = (
    Column("count", "Attempts", rows="attempts"),
    Column("paid", "Paid"),
    Column("declined", "Declined"),
    Column("capture_refused", "Not captured"),
    Column("checkout_refused", "No link given"),
    Column("authorisation", "Authorisation", Unit.SHARE),
)

_LINKS = (
    Column("links", "Links", rows="links"),
    Column("opened", "Opened"),
    Column("paid_soon", "Paid in 24 h"),
    Column("conversion", "Link to paid", Unit.SHARE),
)

DEFINITION = (
    "An attempt is each time that money was asked for; authorisation is paid over all that were paid, declined or not "
    "captured. A link is an order that costs something and is paid on a page of the gateway; it belongs to the day of "
    "the order, and link to paid is known a day later. Completion, expiry and the funnel are of orders of which it is "
    "known what became of them: a checkout that expires is a buyer who stayed away, no decline. Renewals, top-ups and "
    "charges of saved methods have no link. A wish is the orders of one account for one product within an hour. The "
    "sandbox and accounts for tests are left out. How often a product was shown is not recorded."
)


def gateways(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of gateways; all currencies together, for attempts and orders are counted, not their money."""
    attempts, links = read_attempts(session, days), read_links(session, days)
    known_until = links_known_until(session, days.zone) or date.min
    shown = sorted({*attempts, *links})
    before = days.before
    return Sheet(
        title="Gateways",
        columns=(Column("day", "Day", Unit.TEXT, filters="day"), *_ATTEMPTS, *_LINKS),
        rows=tuple(
            (str(day), *_tried(attempts.get(day, Attempts())), *_linked(links.get(day, Links()), day <= known_until))
            for day in shown
        ),
        total=("", *_tried(add_attempts(list(attempts.values()))), *_all_linked(links, known_until)),
        before=(
            "",
            *_tried(add_attempts(list(read_attempts(session, before).values()))),
            *_all_linked(read_links(session, before), known_until),
        ),
        charted="count",
        definition=DEFINITION,
        parts=(
            _by_gateway(session, days),
            _reasons(session, days),
            *_outcomes(session, days),
        ),
    )


def _tried(one: Attempts) -> tuple[Value, ...]:
    return tuple(getattr(one, column.name) for column in _ATTEMPTS)


def _linked(one: Links, is_known: bool) -> tuple[Value, ...]:
    values = [getattr(one, column.name) for column in _LINKS]
    return (*values[:2], *(values[2:] if is_known else (None, None)))


def _all_linked(links: dict[date, Links], known_until: date) -> tuple[Value, ...]:
    """Return the sums of days; what is paid is that of the known ones, over the links of these."""
    known = add_links([one for day, one in links.items() if day <= known_until])
    every = add_links(list(links.values()))
    return every.links, every.opened, known.paid_soon, known.conversion


def _by_gateway(session: Session, days: Days) -> Sheet:
    found = read_attempts_by_gateway(session, days)
    columns = (Column("gateway", "Gateway", Unit.TEXT, filters="gateway"), *_ATTEMPTS)
    return Sheet("Attempts by gateway", columns, tuple((name, *_tried(one)) for name, one in found.items()), "")


def _reasons(session: Session, days: Days) -> Sheet:
    found = read_declined(session, days)
    columns = (
        Column("gateway", "Gateway", Unit.TEXT, filters="gateway"),
        Column("outcome", "Outcome", Unit.TEXT, filters="outcome"),
        Column("retry", "Class", Unit.TEXT, filters="retry"),
        Column("code", "The gateway's code", Unit.TEXT, filters="code"),
        Column("attempts", "Attempts", rows="attempts"),
    )
    rows = tuple((one.gateway, one.outcome, one.retry, one.code, one.attempts) for one in found)
    return Sheet("Why no money came", columns, rows, "")


def _outcomes(session: Session, days: Days) -> tuple[Sheet, Sheet, Sheet]:
    """Return what became of links of which that is known for good: by gateway, as a funnel, and by wishes."""
    until = matured_until(session, "day_link")
    if until is None or until < days.first:
        return _by_link({}, ""), _funnel(Links(), ""), _wishes(Links(), "")
    mature = replace(days, last=min(days.last, until))
    found = read_links_by_gateway(session, mature)
    every, up_to = add_links(list(found.values())), f", orders up to {mature.last}"
    return _by_link(found, up_to), _funnel(every, up_to), _wishes(every, up_to)


def _by_link(found: dict[str, Links], up_to: str) -> Sheet:
    columns = (
        Column("gateway", "Gateway", Unit.TEXT, filters="gateway"),
        Column("links", "Links"),
        Column("paid", "Paid"),
        Column("failed", "Failed"),
        Column("expired", "Expired"),
        Column("completion", "Completion", Unit.SHARE),
        Column("expiry", "Expiry", Unit.SHARE),
    )
    rows = tuple(
        (name, one.links, one.paid, one.failed, one.expired, one.completion, one.expiry) for name, one in found.items()
    )
    return Sheet(f"Completion by gateway{up_to}", columns, rows, "")


def _funnel(every: Links, up_to: str) -> Sheet:
    steps = (
        ("Product shown", None),
        ("Ordered", every.orders),
        ("Link given", every.links),
        ("Link opened", every.opened),
        ("Paid", every.paid),
        ("Used within 7 days", every.used),
    )
    columns = (
        Column("step", "Step", Unit.TEXT),
        Column("orders", "Orders"),
        Column("of_ordered", "Of all orders", Unit.SHARE),
    )
    shares = [None if count is None or not every.orders else count / every.orders for _, count in steps]
    rows = tuple((name, count, share) for (name, count), share in zip(steps, shares, strict=True))
    note = "How often a product was shown is not recorded. A link that was sent by mail is opened without us."
    return Sheet(f"Funnel{up_to}", columns, rows if every.orders else (), "", note=note)


def _wishes(every: Links, up_to: str) -> Sheet:
    columns = (
        Column("what", "What", Unit.TEXT),
        Column("count", "Asked for"),
        Column("paid", "Paid in 24 h"),
        Column("conversion", "Conversion", Unit.SHARE),
    )
    rows: tuple[tuple[Value, ...], ...] = ()
    if every.links:
        rows = (
            ("links", every.links, every.paid_soon, every.conversion),
            ("wishes", every.wishes, every.wishes_paid, every.wish_conversion),
        )
    return Sheet(f"Tries of one buyer as one{up_to}", columns, rows, "")
