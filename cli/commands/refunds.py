"""`billing refund`: money back, and the minutes that go with it."""

import getpass
from typing import Annotated, Any

import typer

from boot.wiring import Wiring
from cli.amounts import read_amount
from cli.commands.orders import MessageKey, OrderId, ask, print_refusal
from cli.context import open_wiring
from cli.output import AsJson, length, out, print_json
from domain.money import Money, decimal_text
from domain.payments.quote import Quote
from domain.payments.refund import RefundStatus
from domain.refusal import Refusal
from messages.payments.requests import RefundRequested
from store.payments.read import OrderName, name_order
from store.reading import reading
from workers.actors import open_context
from workers.payments.refund import quote as quote_of

app = typer.Typer()


class UnableToRefund(ValueError):
    """No reason; the text says what would be right."""


@app.command()
def refund(
    order: OrderId,
    amount: Annotated[str | None, typer.Option(help="Such as 100.00; all that may be refunded if left out.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for whoever asks later.")] = None,
    waive_minutes: Annotated[
        bool, typer.Option("--waive-minutes", help="The buyer keeps the minutes, used or not.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="Who decided it; who runs the command if left out.")] = None,
    quote: Annotated[bool, typer.Option("--quote", help="Only show what would happen.")] = False,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Give money of an order back and void the minutes it was for; exits 1 with the reason if that cannot be."""
    if not quote and not reason:
        raise UnableToRefund("say by --reason why money is given back, or only ask with --quote")
    with open_wiring() as wiring:
        with reading(wiring.engine) as session:
            found = name_order(session, order)
        wanted = None if amount is None else read_amount(amount, found.price.currency)
        if quote:
            _show_quote(wiring, found, wanted, waives_minutes=waive_minutes, as_json=as_json)
            return
        data = {
            "order_id": found.id,
            "amount_minor": None if wanted is None else wanted.minor,
            "reason": reason,
            "requested_by": getpass.getuser() if by is None else by,
            "waive_minutes": waive_minutes,
        }
        answer = ask(wiring, RefundRequested, data, account=found.account_id, message_id=message_id)
    _print_answer(answer, as_json)


def _show_quote(wiring: Wiring, order: OrderName, wanted: Money | None, *, waives_minutes: bool, as_json: bool) -> None:
    context = open_context(wiring)
    minor = None if wanted is None else wanted.minor
    found = quote_of(context, order.id, minor, waives_minutes=waives_minutes)
    match found:
        case Refusal():
            _print_answer({"order_id": order.id, "code": found.code, "reason": found.reason}, as_json)
        case Quote() if as_json:
            print_json({"order_id": order.id, **_quote_as_json(found)})
        case Quote():
            out.print(f"{found.refundable} may be refunded; a refund of {found.amount} would void {_voided(found)}")
            out.print("nothing has happened")


def _quote_as_json(found: Quote) -> dict[str, Any]:
    return {
        "currency": found.amount.currency,
        "amount": decimal_text(found.amount),
        "amount_minor": found.amount.minor,
        "refundable": decimal_text(found.refundable),
        "refundable_minor": found.refundable.minor,
        "void_seconds": found.void_seconds,
        "bonus_void_seconds": found.bonus_void_seconds,
        "is_full": found.is_full,
    }


def _voided(found: Quote) -> str:
    bonus = f" and {length(found.bonus_void_seconds)} of bonus" if found.bonus_void_seconds else ""
    return length(found.void_seconds) + bonus


def _print_answer(answer: dict[str, Any], as_json: bool) -> None:
    status = answer.get("status")
    is_refused = "code" in answer or status == RefundStatus.FAILED
    if as_json:
        print_json(answer)
    elif "code" in answer:
        print_refusal(answer)
    else:
        said = {
            RefundStatus.SUCCEEDED: "is given back",
            RefundStatus.FAILED: f"is not given back: {answer.get('failure')}; the minutes are free again",
        }.get(RefundStatus(answer["status"]), "is on its way")
        money = Money(answer["amount_minor"], answer["currency"])
        minutes = "" if is_refused else f", {length(answer['void_seconds'])} of minutes with it"
        out.print(f"{money} {said}{minutes} (refund {answer['refund_id']}, {status})", markup=False, soft_wrap=True)
    raise typer.Exit(1 if is_refused else 0)
