"""`billing pay-link` and `billing orders list | show`: what is bought, and what became of it."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from boot.wiring import Wiring
from cli.commands.catalogue import amount
from cli.commands.minutes import Account
from cli.commands.order_page import as_row, page_as_json, print_order
from cli.context import hand_in, open_wiring
from cli.output import AsJson, moment, out, print_json, print_table, short
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from messages.envelope import AboutAccount
from messages.payments.requests import PurchaseRequested
from store.payments.read import list_orders, order_page
from store.reading import reading

links = typer.Typer()
app = typer.Typer(help="Orders, their payments, refunds and disputes.", no_args_is_help=True)

OrderId = Annotated[str, typer.Argument(help="Its id, or the beginning that lists show.")]
MessageKey = Annotated[str | None, typer.Option("--id", help="The same id twice asks once; random if left out.")]


@links.command("pay-link")
def pay_link(
    account: Account,
    product: Annotated[str, typer.Argument(help="The id of a product that is on offer.")],
    currency: Annotated[str | None, typer.Option(help="ISO 4217; the account's, else SHOP_CURRENCY.")] = None,
    gateway: Annotated[str | None, typer.Option(help="By currency and country if left out.")] = None,
    country: Annotated[str | None, typer.Option(help="The buyer's, ISO 3166-1, such as DE.")] = None,
    locale: Annotated[str | None, typer.Option(help="The buyer's language, such as ru.")] = None,
    return_url: Annotated[str | None, typer.Option(help="Where the buyer comes back to after paying.")] = None,
    cancel_url: Annotated[str | None, typer.Option(help="And where after not paying.")] = None,
    save_method: Annotated[bool, typer.Option("--save-method", help="Keep it for later charges.")] = False,
    code: Annotated[list[str] | None, typer.Option(help="A promo code; one discount and one bonus.")] = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Open an order and print the link at which it is paid; exits 1 with the reason if there is no link."""
    data = {
        "product_id": product,
        "currency": currency,
        "gateway": gateway,
        "country": country,
        "locale": locale,
        "return_url": return_url,
        "cancel_url": cancel_url,
        "save_method": save_method,
        "codes": code or None,
    }
    with open_wiring() as wiring:
        answer = ask(wiring, PurchaseRequested, data, account=account, message_id=message_id)
    is_well = "url" in answer or answer.get("status") == PaymentStatus.PAID
    if as_json:
        print_json(answer)
    elif "url" in answer:
        price = Money(answer["amount_minor"], answer["currency"])
        out.print(f"order {answer['order_id']}: {price} through {answer['gateway']}", soft_wrap=True)
        out.print(answer["url"], markup=False, soft_wrap=True)
    elif is_well:
        out.print(f"order {answer['order_id']} is paid already", markup=False, soft_wrap=True)
    else:
        print_refusal(answer)
    raise typer.Exit(0 if is_well else 1)


@app.command("list")
def list_command(
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    state: Annotated[PaymentStatus | None, typer.Option(help="Only in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many on a page.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before: the next page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List orders, the newest first."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = list_orders(session, account_id=account, status=state, limit=limit, cursor=cursor)
    if as_json:
        print_json({"orders": [as_row(line) for line in page.lines], "next_cursor": page.next_cursor})
        return
    print_table(
        f"Orders: {len(page.lines)}",
        ("order", "created", "account", "product", "price", "gateway", "state"),
        (
            (
                short(line.id),
                moment(line.created_at)[:16],
                escape(line.account_id),
                escape(line.product_id),
                amount(line.price),
                line.gateway,
                f"{line.status} [red](needs review)[/]" if line.needs_review else line.status,
            )
            for line in page.lines
        ),
        right="price",
    )
    if page.next_cursor is not None:
        out.print(f"more: --cursor {page.next_cursor}", markup=False, soft_wrap=True)


@app.command()
def show(order: OrderId, as_json: AsJson = False) -> None:
    """Show an order with its package, its attempts, its refunds and its disputes."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = order_page(session, order)
    if as_json:
        print_json(page_as_json(page))
        return
    print_order(page)


def ask(
    wiring: Wiring, model: type[AboutAccount], data: dict[str, Any], *, account: str, message_id: str | None = None
) -> dict[str, Any]:
    """
    Hand in a message that may call a gateway, and return its answer with the message's id.

    Raises:
        MessageRejected: a value in it is wrong, or its id was used for something else.
        Unavailable: the gateway or the store gave no answer; the text says how to ask again.
    """
    outcome = hand_in(wiring, model, data, account=account, message_id=message_id, with_gateways=True)
    return outcome.answer | {"id": outcome.event_id}


def print_refusal(answer: dict[str, Any]) -> None:
    """Print why the answer is no."""
    code = answer.get("code") or "its outcome is not known yet"
    said = f"order {answer['order_id']} is {answer['status']}" if "status" in answer else "refused"
    reason = f": {answer['reason']}" if "reason" in answer else ""
    out.print(f"{said}: {code}{reason}", markup=False, soft_wrap=True)
