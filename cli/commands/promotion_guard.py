"""`billing promotions simulate | liability`: what a code would cost, and what is outstanding of all that was given."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape

from cli.commands.order_page import as_row
from cli.context import open_wiring
from cli.output import AsJson, counted, length, moment, out, print_json, print_table, short
from domain.money import Money
from domain.promotions.simulate import Simulation, simulate
from store.promotions.read_guard import Liability, liability, past_purchases, promo_code
from store.reading import reading

app = typer.Typer()

USES_SHOWN = 10


@app.command("simulate")
def simulate_command(
    code: Annotated[str, typer.Argument(help="As it would be typed; it may be paused or not have begun yet.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="What was bought within so many days.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Say who would have used a code lately, what that would have cost, and what its limits allow at the worst."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        now = wiring.clock()
        known = promo_code(session, code, at=now)
        purchases = past_purchases(session, since=now - timedelta(days=days))
    found = simulate(known, purchases)
    if as_json:
        print_json({**as_row(found), "purchases": len(purchases), "uses": [as_row(use) for use in found.uses]})
        return
    accounts = len({use.account_id for use in found.uses})
    used = f"{len(found.uses)} of {counted(len(purchases), 'purchase')}"
    out.print(f"{used} of {counted(days, 'day')} would have used it, by {counted(accounts, 'account')}", soft_wrap=True)
    for name, value in _costs(found):
        out.print(f"[bold]{name:14}[/] {escape(value)}", soft_wrap=True)
    if found.uses:
        rows = (
            (short(use.order_id), escape(use.account_id), use.discount, length(use.bonus_seconds))
            for use in found.uses[-USES_SHOWN:]
        )
        print_table(f"The last {min(USES_SHOWN, len(found.uses))}", ("order", "account", "less", "besides"), rows)


@app.command("liability")
def liability_command(as_json: AsJson = False) -> None:
    """Say what can still be used of all minutes that were given, what that is worth, and what is reserved."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        found = liability(session, at=wiring.clock())
    if as_json:
        print_json(
            {
                "packages": [as_row(each) for each in found.packages],
                "worth": [as_row(each) for each in found.worth],
                "reserved": [as_row(each) for each in found.reserved],
            }
        )
        return
    _print_liability(found)


def _costs(found: Simulation) -> Iterator[tuple[str, str]]:
    for currency, minor in sorted(found.discounts_minor.items()):
        if minor:
            yield "less", str(Money(minor, currency))
    if found.bonus_seconds:
        yield "besides", length(found.bonus_seconds)
    for reason, count in sorted(found.refused.items()):
        yield "refused", f"{count} {reason}"
    spent = {currency for currency, minor in found.discounts_minor.items() if minor}
    for currency in sorted(spent | found.worst_minor.keys()):
        worst_minor = found.worst_minor.get(currency)
        if worst_minor is None:
            yield "at the worst", f"no limit in {currency}"
        elif worst_minor:
            yield "at the worst", str(Money(worst_minor, currency))
    if found.worst_seconds != 0:
        seconds = found.worst_seconds
        yield "at the worst", "no limit of minutes" if seconds is None else length(seconds)


def _print_liability(found: Liability) -> None:
    rows = (
        (each.kind, each.packages, length(each.left_seconds), moment(each.first_ends_at)) for each in found.packages
    )
    print_table("Minutes that were given", ("kind", "packages", "left", "first ends"), rows, right="packages left")
    worth = " or ".join(str(one) for one in found.worth)
    if worth:
        out.print(f"worth {worth} at what was paid for minutes lately", soft_wrap=True)
    for each in found.reserved:
        money = f", {Money(each.discount_minor, each.currency)} less" if each.currency else ""
        out.print(
            f"reserved by {counted(each.uses, 'checkout')}{money}, {length(each.bonus_seconds)} besides", soft_wrap=True
        )
