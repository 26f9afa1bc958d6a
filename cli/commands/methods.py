"""`billing methods list | save | prefer | forget`: what an account can be charged by without being there."""

from typing import Annotated

import typer
from rich.markup import escape

from cli.commands.minutes import Account
from cli.commands.order_page import as_row
from cli.commands.orders import MessageKey, ask, print_refusal
from cli.context import open_wiring
from cli.output import AsJson, moment, out, print_json, print_table
from domain.gateway.setup import SetupStatus
from messages.payments.methods import MethodForgetRequested, MethodPreferRequested, SetupRequested
from store.payments.read_methods import list_methods
from store.reading import reading

app = typer.Typer(help="Saved methods: what can be charged without the buyer.", no_args_is_help=True)

MethodId = Annotated[int, typer.Argument(min=1, help="Its number, as the list shows it.")]


@app.command("list")
def list_command(account: Account, as_json: AsJson = False) -> None:
    """List the saved methods of an account, in the order in which they are tried, and then those that have ended."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        lines = list_methods(session, account)
    if as_json:
        print_json({"methods": [as_row(line) for line in lines]})
        return
    print_table(
        f"Saved methods: {len(lines)}",
        ("method", "gateway", "label", "good until", "saved", "ended"),
        (
            (
                line.id,
                line.gateway,
                escape(line.label),
                line.expires_on or "",
                moment(line.saved_at)[:16],
                f"{moment(line.ended_at)[:16]} ({line.end_reason})" if line.end_reason else "",
            )
            for line in lines
        ),
        right="method",
    )


@app.command()
def save(
    account: Account,
    currency: Annotated[str | None, typer.Option(help="Of the charges to come, ISO 4217.")] = None,
    gateway: Annotated[str | None, typer.Option(help="By currency and country if left out.")] = None,
    country: Annotated[str | None, typer.Option(help="The buyer's, ISO 3166-1, such as DE.")] = None,
    locale: Annotated[str | None, typer.Option(help="The buyer's language, such as ru.")] = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Print the link at which the buyer saves a method without paying; exits 1 with the reason if there is none."""
    data = {"currency": currency, "gateway": gateway, "country": country, "locale": locale}
    with open_wiring() as wiring:
        answer = ask(wiring, SetupRequested, data, account=account, message_id=message_id)
    is_well = "url" in answer or answer.get("status") == SetupStatus.SAVED
    if as_json:
        print_json(answer)
    elif "url" in answer:
        out.print(f"setup {answer['setup_id']} through {answer['gateway']}", markup=False, soft_wrap=True)
        out.print(answer["url"], markup=False, soft_wrap=True)
    elif is_well:
        out.print(f"setup {answer['setup_id']} is done already", markup=False, soft_wrap=True)
    else:
        print_refusal(answer)
    raise typer.Exit(0 if is_well else 1)


@app.command()
def prefer(account: Account, method: MethodId, as_json: AsJson = False) -> None:
    """Let a method be charged before all others of its account."""
    with open_wiring() as wiring:
        answer = ask(wiring, MethodPreferRequested, {"method_id": method}, account=account)
    _print_done(answer, f"method {method} is charged first", as_json=as_json)


@app.command()
def forget(account: Account, method: MethodId, as_json: AsJson = False) -> None:
    """Charge a method no more, and let its gateway forget it."""
    with open_wiring() as wiring:
        answer = ask(wiring, MethodForgetRequested, {"method_id": method}, account=account)
    _print_done(answer, f"method {method} is forgotten", as_json=as_json)


def _print_done(answer: dict[str, object], sentence: str, *, as_json: bool) -> None:
    is_well = "code" not in answer
    if as_json:
        print_json(answer)
    elif is_well:
        out.print(sentence)
    else:
        print_refusal(answer)
    raise typer.Exit(0 if is_well else 1)
