"""`billing stats show | recount`: the figures of some days, and counting them again."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

import typer

from cli.context import open_wiring
from cli.days import FORMATS, known_day
from cli.output import AsJson, length, moment, out, print_json, print_table
from domain.money import Money
from domain.statistics.period import Days, day_of
from store.reading import reading
from store.statistics.read.activity import ActiveDay, read_activity
from store.statistics.read.minutes import Minutes, read_minutes
from store.statistics.read.sales import Sales, read_currencies, read_sales
from store.statistics.read.sums import Freshness, freshness
from workers.actors import open_context
from workers.statistics.recount import recount

app = typer.Typer(help="Figures about the whole, by days of BUSINESS_ZONE.", no_args_is_help=True)

Day = Annotated[datetime, typer.Argument(formats=FORMATS, callback=known_day, help="A day, such as 2026-11-01.")]

MOST_DAYS = 400


class WrongDays(ValueError):
    """The days are in the wrong order, or too many."""


@app.command("show")
def show_command(
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="How many days, today's included.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Show sales, minutes and activity of the last days, and how far they are counted."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        state = freshness(session)
        # Days are kept by the zone that they were counted in.
        zone = wiring.settings.business_zone if state.counted_at is None else state.zone
        today = day_of(wiring.clock(), zone)
        shown = Days(today - timedelta(days=days - 1), today, zone)
        sales = {currency: read_sales(session, shown, currency) for currency in read_currencies(session)}
        minutes, active = read_minutes(session, shown), read_activity(session, shown)
    if as_json:
        print_json(_as_json(state, sales, minutes, active))
        return
    for currency, one in sales.items():
        _print_sales(currency, one)
    _print_minutes(minutes)
    _print_activity(active)
    until = [at for at in (state.minutes_until, state.activity_until) if at is not None]
    counted = f"counted until {moment(min(until))} UTC" if until else "nothing is counted yet: does the scheduler run?"
    out.print(f"Days are those of {zone}; {counted}.")


@app.command("recount")
def recount_command(first: Day, last: Day, as_json: AsJson = False) -> None:
    """Count some days again from the ledger, replace what was wrong, and say what; exits 1 if anything was."""
    if last < first or last - first > timedelta(days=MOST_DAYS):
        raise WrongDays(f"the last day comes after the first one, by {MOST_DAYS} days at the most")
    with open_wiring() as wiring:
        found = recount(open_context(wiring, with_gateways=False), first.date(), last.date())
    if as_json:
        print_json([{"what": one.what, "key": one.key, "was": one.was, "is_now": one.is_now} for one in found])
    else:
        for one in found:
            out.print(f"{one.what} {one.key}: was {one.was or 'not there'}, is {one.is_now or 'not there'}")
        out.print(f"{len(found)} sums were wrong and are right now" if found else "every sum was right")
    raise typer.Exit(1 if found else 0)


def _print_sales(currency: str, sales: Sales) -> None:
    def written(minor: int) -> str:
        return str(Money(minor, currency))

    print_table(
        f"Sales in {currency}",
        ("day", "orders", "gross", "refunds", "lost", "net"),
        [
            (str(day), one.orders, *map(written, (one.gross_minor, one.refunded_minor, one.lost_minor, one.net_minor)))
            for day, one in sales.days.items()
        ],
        right="orders gross refunds lost net",
    )


def _print_minutes(minutes: Minutes) -> None:
    print_table(
        "Minutes",
        ("day", "sold", "given", "used", "expired", "voided", "debt"),
        [
            (str(day), *map(length, (one.sold, one.given, one.used + one.settled, one.expired, one.voided, one.debt)))
            for day, one in minutes.days.items()
        ],
        right="sold given used expired voided debt",
    )


def _print_activity(active: list[ActiveDay]) -> None:
    print_table(
        "Active accounts",
        ("day", "of the day", "of 7 days", "of 30 days", "first use", "first payment"),
        [(str(one.day), one.of_day, one.of_week, one.of_month, one.first_used, one.first_paid) for one in active],
    )


def _as_json(state: Freshness, sales: dict[str, Sales], minutes: Minutes, active: list[ActiveDay]) -> dict[str, object]:
    return {
        "zone": state.zone,
        "minutes_until": state.minutes_until,
        "activity_until": state.activity_until,
        "sales": {
            currency: {str(day): asdict(one) | {"net_minor": one.net_minor} for day, one in sale.days.items()}
            for currency, sale in sales.items()
        },
        "minutes": {str(day): asdict(one) for day, one in minutes.days.items()},
        "active": [asdict(one) for one in active],
    }
