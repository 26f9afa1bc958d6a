"""`billing subscriptions …`: what is paid again every period, and what its buyer or support wants of it."""

import getpass
from datetime import datetime
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape

from cli.commands.catalogue import amount
from cli.commands.minutes import Account
from cli.commands.order_page import as_row
from cli.commands.orders import MessageKey, ask
from cli.commands.subscription_methods import methods_as_json
from cli.commands.subscription_page import print_subscription
from cli.context import open_wiring
from cli.output import AsJson, length, moment, out, print_json, print_table, short
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from domain.subscriptions.subscription import SubscriptionStatus
from messages.envelope import AboutAccount
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionChangeRequested,
    SubscriptionPauseRequested,
    SubscriptionPaymentRequested,
    SubscriptionResumeRequested,
    SubscriptionStartRequested,
)
from store.reading import reading
from store.subscriptions.read import SubscriptionLine, list_subscriptions, subscription_page

app = typer.Typer(help="Subscriptions: started, renewed, changed and cancelled.", no_args_is_help=True)

Named = Annotated[str, typer.Argument(help="Its id, the beginning that lists show, or its account.")]


@app.command("list")
def list_command(
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    state: Annotated[SubscriptionStatus | None, typer.Option(help="Only in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many on a page.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before: the next page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List subscriptions, the newest first."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = list_subscriptions(session, account_id=account, status=state, limit=limit, cursor=cursor)
    if as_json:
        print_json({"subscriptions": [as_row(line) for line in page.lines], "next_cursor": page.next_cursor})
        return
    print_table(
        f"Subscriptions: {len(page.lines)}",
        ("id", "account", "product", "price", "state", "paid until", "charged on"),
        (
            (
                short(line.id),
                escape(line.account_id),
                escape(line.product_id),
                f"{amount(line.price)}/{line.period}",
                _state(line),
                moment(line.period_end)[:10],
                moment(line.next_attempt_at)[:10],
            )
            for line in page.lines
        ),
        right="price",
    )
    if page.next_cursor is not None:
        out.print(f"more: --cursor {page.next_cursor}", markup=False, soft_wrap=True)


@app.command()
def show(subscription: Named, as_json: AsJson = False) -> None:
    """Show a subscription and the orders that pay for it."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = subscription_page(session, subscription)
    if as_json:
        orders = [as_row(order) for order in page.orders]
        print_json({"subscription": as_row(page.subscription), **methods_as_json(page), "orders": orders})
        return
    print_subscription(page)


@app.command()
def start(
    account: Account,
    product: Annotated[str, typer.Argument(help="The id of a product with a period.")],
    currency: Annotated[str | None, typer.Option(help="ISO 4217; the account's, else SHOP_CURRENCY.")] = None,
    gateway: Annotated[str | None, typer.Option(help="By currency and country if left out.")] = None,
    country: Annotated[str | None, typer.Option(help="The buyer's, ISO 3166-1, such as DE.")] = None,
    locale: Annotated[str | None, typer.Option(help="The buyer's language, such as ru.")] = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """
    Start a subscription and print the link at which its first period is paid.

    The account's first product with a trial begins with that: when a method is saved at the link, or at once where one
    is saved already.
    """
    data = {"product_id": product, "currency": currency, "gateway": gateway, "country": country, "locale": locale}
    _ask(SubscriptionStartRequested, account, data, message_id=message_id, as_json=as_json)


@app.command()
def pay(subscription: Named, message_id: MessageKey = None, as_json: AsJson = False) -> None:
    """Print a link at which a renewal that was declined is paid by hand."""
    _ask_about(SubscriptionPaymentRequested, subscription, {}, message_id=message_id, as_json=as_json)


@app.command()
def change(
    subscription: Named,
    product: Annotated[str | None, typer.Argument(help="The id of the other product.")] = None,
    method: Annotated[int | None, typer.Option(min=1, help="A saved method, of whatever gateway, instead.")] = None,
    when: Annotated[
        Literal["now", "period_end"] | None, typer.Option(help="By the price if left out: a higher one now.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why the method is changed, for whoever asks later.")] = None,
    by: Annotated[str | None, typer.Option(help="Who decided it; who runs the command if left out.")] = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """
    Change the product: at once, charging its price less the worth of what is unused, or with the next period.

    With --method another saved method is charged from now on, also one of another gateway; what is owed is charged to
    it at once. Period, price and history stay.
    """
    if (product is None) == (method is None):
        raise typer.BadParameter("name the other product, or another method by --method; not both")
    if method is not None and when is not None:
        raise typer.BadParameter("--when belongs to another product; another method is charged from now on")
    data: dict[str, Any] = {"product_id": product, "when": when, "method_id": method, "reason": reason}
    data["changed_by"] = getpass.getuser() if by is None else by
    _ask_about(SubscriptionChangeRequested, subscription, data, message_id=message_id, as_json=as_json)


@app.command()
def cancel(
    subscription: Named,
    now: Annotated[bool, typer.Option("--now", help="At once, not at the period's end; gives no money back.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why, for whoever asks later.")] = None,
    by: Annotated[str | None, typer.Option(help="Who decided it; who runs the command if left out.")] = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """
    Cancel a subscription: it is not charged any more, and no money goes back.

    An active one ends with its period, or with --now. One that is paused, owed or not begun ends at once in any case.
    """
    data = {
        "when": "now" if now else "period_end",
        "cancelled_by": getpass.getuser() if by is None else by,
        "reason": reason,
    }
    _ask_about(SubscriptionCancelRequested, subscription, data, message_id=message_id, as_json=as_json)


@app.command()
def resume(subscription: Named, message_id: MessageKey = None, as_json: AsJson = False) -> None:
    """End a pause, or take a cancellation at the period's end back."""
    _ask_about(SubscriptionResumeRequested, subscription, {}, message_id=message_id, as_json=as_json)


@app.command()
def pause(
    subscription: Named,
    until: Annotated[str | None, typer.Option(help="Such as 2026-12-01T00:00Z; without, until resumed.")] = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Pause the renewals; what is paid for can be used to its end."""
    _ask_about(SubscriptionPauseRequested, subscription, {"until": until}, message_id=message_id, as_json=as_json)


def _ask_about(
    model: type[AboutAccount], named: str, data: dict[str, Any], *, message_id: str | None, as_json: bool
) -> None:
    with open_wiring() as wiring, reading(wiring.engine) as session:
        found = subscription_page(session, named).subscription
    _ask(model, found.account_id, {"subscription_id": found.id, **data}, message_id=message_id, as_json=as_json)


def _ask(
    model: type[AboutAccount], account: str, data: dict[str, Any], *, message_id: str | None, as_json: bool
) -> None:
    with open_wiring() as wiring:
        answer = ask(wiring, model, data, account=account, message_id=message_id)
    if as_json:
        print_json(answer)
    elif "code" in answer:
        out.print(f"refused: {answer['code']}: {answer.get('reason', '')}", markup=False, soft_wrap=True)
    else:
        _print_answer(answer)
    raise typer.Exit(1 if "code" in answer else 0)


def _print_answer(answer: dict[str, Any]) -> None:
    if "setup_id" in answer and "url" in answer:
        _print_trial(answer)
        return
    if "url" in answer:
        if "trial_refused" in answer:
            out.print(f"without a trial ({answer['trial_refused']})", markup=False, soft_wrap=True)
        price = Money(answer["amount_minor"], answer["currency"])
        out.print(f"subscription {answer['subscription_id']}: {price}, to be paid at", markup=False, soft_wrap=True)
        out.print(answer["url"], markup=False, soft_wrap=True)
        _print_charge(answer)
        return
    said = [f"subscription {answer['subscription_id']} is {answer['status']}"]
    if "trial_ends_at" in answer:
        said.append(f"on its trial up to {_day(answer['trial_ends_at'])}")
    if "ended_at" in answer:
        said.append(f"since {_day(answer['ended_at'])}")
    elif answer.get("cancel_at_period_end"):
        said.append(f"and ends at {_day(answer['period_end'])}")
    elif "next_attempt_at" in answer:
        said.append(f"and is charged next at {_day(answer['next_attempt_at'])}")
    elif "resumes_at" in answer:
        said.append(f"until {_day(answer['resumes_at'])}")
    if "next_product_id" in answer:
        said.append(f"for {answer['next_product_id']}")
    if "method" in answer:
        said.append(f"by {answer['method']} through {answer['gateway']}")
    out.print(" ".join(said), markup=False, soft_wrap=True)
    _print_waits(answer)
    _print_charge(answer)
    if "note" in answer:
        out.print(answer["note"], markup=False, soft_wrap=True)


def _print_charge(answer: dict[str, Any]) -> None:
    """Print what a change at once costs, and why it is less than the product's price."""
    if "charged_minor" not in answer:
        return
    currency = answer["currency"]
    charged, listed, worth = (Money(answer[f"{name}_minor"], currency) for name in ("charged", "list_price", "worth"))
    is_paid = answer.get("order_status", answer.get("status")) == PaymentStatus.PAID
    said = f"{'charged now' if is_paid else 'to be paid now'}: {charged}"
    if worth.minor:
        said += f", the price of {listed} less {worth} for {length(answer['unused_seconds'])} that were not used"
    out.print(f"{said} (order {answer['order_id']})", markup=False, soft_wrap=True)


def _print_trial(answer: dict[str, Any]) -> None:
    price = Money(answer["amount_minor"], answer["currency"])
    out.print(
        f"subscription {answer['subscription_id']}: {answer['trial_days']} days free with "
        f"{length(answer['trial_seconds'])}, then {price}; it begins when a method is saved at",
        markup=False,
        soft_wrap=True,
    )
    out.print(answer["url"], markup=False, soft_wrap=True)


def _print_waits(answer: dict[str, Any]) -> None:
    """Print what a change of method waits for: an order that is under way, or the buyer at each renewal."""
    if "waits_for_order_id" in answer:
        order = short(answer["waits_for_order_id"])
        out.print(f"what becomes of order {order}, which is under way, is waited for first", soft_wrap=True)
    if answer.get("is_paid_by_hand"):
        out.print("this gateway charges nobody without the buyer: each renewal waits for them", soft_wrap=True)


def _day(text: str) -> str:
    return f"{moment(datetime.fromisoformat(text))} UTC"


def _state(line: SubscriptionLine) -> str:
    if line.cancel_at_period_end:
        return f"{line.status}, cancelled"
    if line.needs_buyer:
        return f"{line.status} [red](waits for the buyer)[/]"
    is_on_trial = line.trial_ends_at is not None and line.trial_ends_at == line.period_end
    return f"{line.status}, trial" if is_on_trial and line.status == "active" else str(line.status)
