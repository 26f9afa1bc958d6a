"""`billing pay-link` and `billing orders list | show`: what is bought, and what became of it."""

import dataclasses
from typing import Annotated, Any

import typer
from rich.markup import escape

from boot.wiring import Wiring
from cli.commands.catalogue import amount
from cli.commands.minutes import Account
from cli.commands.statement import print_packages
from cli.context import hand_in, open_wiring
from cli.output import AsJson, length, moment, out, print_json, print_table, short
from domain.gateway.payment import PaymentStatus
from domain.money import Money, decimal_text
from domain.payments.order import Order
from messages.envelope import AboutAccount
from messages.payments.requests import PurchaseRequested
from store.payments.read import OrderPage, list_orders, order_page
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
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Open an order and print the link at which it is paid; exits 1 with the reason if there is none."""
    data = {
        "product_id": product,
        "currency": currency,
        "gateway": gateway,
        "country": country,
        "locale": locale,
        "return_url": return_url,
        "cancel_url": cancel_url,
        "save_method": save_method,
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
        out.print(f"order {answer['order_id']} is paid already", soft_wrap=True)
    else:
        print_refusal(answer)
    raise typer.Exit(0 if is_well else 1)


@app.command("list")
def list_command(
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    state: Annotated[PaymentStatus | None, typer.Option(help="Only in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest orders."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        lines = list_orders(session, account_id=account, status=state, limit=limit)
    if as_json:
        print_json([_with_text(dataclasses.asdict(line), "price", line.price) for line in lines])
        return
    print_table(
        f"Orders: {len(lines)}",
        ("order", "opened", "account", "product", "price", "gateway", "state"),
        (
            (
                short(line.id),
                moment(line.created_at)[:16],
                line.account_id,
                line.product_id,
                amount(line.price),
                line.gateway,
                f"{line.status} [red](in question)[/]" if line.needs_review else line.status,
            )
            for line in lines
        ),
        right="price",
    )


@app.command()
def show(order: OrderId, as_json: AsJson = False) -> None:
    """Show an order with its package, its refunds and its disputes."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = order_page(session, order)
    if as_json:
        print_json(_page_as_json(page))
        return
    for name, value in _facts_of(page.order):
        out.print(f"[bold]{name:14}[/] {escape(value)}", soft_wrap=True)
    if page.package is not None:
        print_packages("Package", [page.package])
    if page.refunds:
        print_refunds(page)
    if page.disputes:
        print_disputes(page)


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
    said = f"order {answer['order_id']} is {answer['state']}" if "state" in answer else "refused"
    reason = f": {answer['reason']}" if "reason" in answer else ""
    out.print(f"{said}: {code}{reason}", markup=False, soft_wrap=True)


def print_refunds(page: OrderPage) -> None:
    """Print an order's refunds as a table."""
    print_table(
        "Refunds",
        ("refund", "begun", "amount", "voids", "status", "by", "why"),
        (
            (
                short(refund.id),
                moment(refund.created_at)[:16],
                amount(refund.amount),
                "waived" if refund.is_waived else length(refund.void_seconds),
                f"{refund.status} ({escape(refund.failure)})" if refund.failure else refund.status,
                escape(refund.requested_by),
                escape(refund.reason),
            )
            for refund in page.refunds
        ),
        right="amount voids",
    )


def print_disputes(page: OrderPage) -> None:
    """Print an order's disputes as a table."""
    print_table(
        "Disputes",
        ("dispute", "opened", "closed", "amount", "state", "why"),
        (
            (
                escape(dispute.dispute_ref),
                moment(dispute.opened_at)[:16],
                moment(dispute.closed_at)[:16],
                amount(dispute.amount),
                dispute.status,
                escape(dispute.reason),
            )
            for dispute in page.disputes
        ),
        right="amount",
    )


def _facts_of(order: Order) -> list[tuple[str, str]]:
    ends = "for ever" if order.valid_days is None else f"for {order.valid_days} days"
    facts = [
        ("order", order.id),
        ("account", order.account_id),
        ("product", f"{order.product_id} ({order.title}), {length(order.granted_seconds)} {ends}"),
        ("price", str(order.price)),
        ("state", f"{order.status}, in question" if order.needs_review else str(order.status)),
        ("opened", f"{moment(order.created_at)} UTC"),
        ("gateway", order.gateway),
        ("checkout", order.checkout_ref or "none yet"),
        ("payment", order.payment_ref or "none yet"),
    ]
    if order.paid_at is not None:
        facts.append(("paid", f"{moment(order.paid_at)} UTC"))
    if order.failure:
        facts.append(("what is known", order.failure))
    if order.is_open and order.redirect_url:
        facts.append(("paid at", order.redirect_url))
    return facts


def _page_as_json(page: OrderPage) -> dict[str, Any]:
    order = _with_text(dataclasses.asdict(page.order), "price", page.order.price)
    del order["message_id"]
    refunds = [_with_text(dataclasses.asdict(refund), "amount", refund.amount) for refund in page.refunds]
    for refund in refunds:
        del refund["message_id"]
    return {
        "order": order,
        "package": None if page.package is None else dataclasses.asdict(page.package),
        "refunds": refunds,
        "disputes": [_with_text(dataclasses.asdict(one), "amount", one.amount) for one in page.disputes],
    }


def _with_text(row: dict[str, Any], name: str, money: Money) -> dict[str, Any]:
    """Put money into a row as decimal text, as minor units and as its currency."""
    return row | {name: decimal_text(money), f"{name}_minor": money.minor, "currency": money.currency}
