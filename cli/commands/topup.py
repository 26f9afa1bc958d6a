"""`billing topup set | show`: minutes that are bought by themselves when few are left."""

from typing import Annotated

import typer
from rich.markup import escape

from boot.wiring import Wiring
from cli.amounts import read_amount
from cli.commands.minutes import Account
from cli.commands.order_page import as_row
from cli.commands.orders import MessageKey, ask, print_refusal
from cli.context import open_wiring
from cli.output import AsJson, length, moment, out, print_json
from domain.money import Money
from messages.subscriptions.topup import TopupSetRequested
from store.reading import reading
from store.subscriptions.read_topup import TopupDetails, UnknownTopup, topup_details

app = typer.Typer(help="Auto top-up: minutes are bought when few are left.", no_args_is_help=True)


@app.command("set")
def set_command(
    account: Account,
    below: Annotated[int | None, typer.Option(min=1, help="Seconds of balance; below it is bought.")] = None,
    product: Annotated[str | None, typer.Option(help="What is bought; as many as close the gap.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217; the account's, else SHOP_CURRENCY.")] = None,
    method: Annotated[int | None, typer.Option(min=1, help="A saved method; the account's first if left out.")] = None,
    max_per_day: Annotated[int | None, typer.Option(min=1, max=24, help="So many of a UTC day; 3 at first.")] = None,
    max_money: Annotated[str | None, typer.Option(help="Of a UTC day, such as 2000.00; no limit at first.")] = None,
    cooldown: Annotated[int | None, typer.Option(min=3600, help="Seconds after a success; 3600 at first.")] = None,
    is_on: Annotated[bool, typer.Option("--on/--off", help="Switch it on or off.")] = True,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Set auto top-up; what is left out stays as it was. Exits 1 with the reason if it cannot be so."""
    with open_wiring() as wiring:
        data = {
            "is_on": is_on,
            "threshold_seconds": below,
            "product_id": product,
            "currency": currency,
            "method_id": method,
            "max_per_day": max_per_day,
            "max_minor_per_day": None if max_money is None else _minor(wiring, account, max_money, currency),
            "cooldown_seconds": cooldown,
        }
        answer = ask(wiring, TopupSetRequested, data, account=account, message_id=message_id)
    is_well = "code" not in answer
    if as_json:
        print_json(answer)
    elif is_well:
        out.print(f"auto top-up of {escape(account)} is {'on' if answer['is_on'] else 'off'}", soft_wrap=True)
    else:
        print_refusal(answer)
    raise typer.Exit(0 if is_well else 1)


@app.command()
def show(account: Account, as_json: AsJson = False) -> None:
    """Show the auto top-up of an account."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        details = topup_details(session, account)
    if as_json:
        print_json(as_row(details))
        return
    for name, value in _labelled_values(details):
        out.print(f"[bold]{name:14}[/] {escape(value)}", soft_wrap=True)


def _minor(wiring: Wiring, account: str, text: str, currency: str | None) -> int:
    if currency is None:
        try:
            with reading(wiring.engine) as session:
                currency = topup_details(session, account).currency
        except UnknownTopup:
            currency = wiring.settings.shop_currency
    return read_amount(text, currency, option="--max-money").minor


def _labelled_values(topup: TopupDetails) -> list[tuple[str, str]]:
    money = topup.max_minor_per_day
    limit = "" if money is None else f", and {Money(money, topup.currency)}"
    values = [
        ("auto top-up", "on" if topup.is_on else "off"),
        ("below", length(topup.threshold_seconds)),
        ("buys", f"{topup.product_id} in {topup.currency}"),
        ("at most", f"{topup.max_per_day} of a UTC day{limit}"),
        ("cooldown", length(topup.cooldown_seconds)),
        ("method", "the account's first" if topup.method_id is None else str(topup.method_id)),
    ]
    if topup.order_id is not None:
        values.append(("under way", f"order {topup.order_id}"))
    if topup.ready_at is not None:
        values.append(("not before", f"{moment(topup.ready_at)} UTC"))
    if topup.due_at is not None:
        values.append(("looked at", f"{moment(topup.due_at)} UTC, or when the balance falls"))
    if topup.stop is not None:
        code = f" ({topup.stop_code})" if topup.stop_code else ""
        values.append(("stopped", f"{moment(topup.stopped_at)} UTC: {topup.stop}{code}"))
    return values
