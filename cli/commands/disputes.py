"""`billing dispute`: reporting a dispute that the gateway announces by mail only."""

from typing import Annotated

import typer

from cli.amounts import read_amount
from cli.commands.order_page import print_disputes
from cli.commands.orders import OrderId
from cli.context import hand_in, open_wiring
from cli.output import AsJson, length, out, print_json
from domain.gateway.dispute import DisputeStatus
from messages.payments.requests import DisputeReported
from store.payments.read import name_order, order_page
from store.reading import reading

app = typer.Typer()


@app.command()
def dispute(
    order: OrderId,
    ref: Annotated[str, typer.Option(help="The gateway's or the bank's id of it.")],
    state: Annotated[DisputeStatus, typer.Option(help="How it stands.")],
    reason: Annotated[str, typer.Option(help="What the payer says.")],
    amount: Annotated[str | None, typer.Option(help="Such as 100.00; all that was paid if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Report a dispute: open, the minutes it is about are frozen; won, they are free again; lost, they are void."""
    with open_wiring() as wiring:
        with reading(wiring.engine) as session:
            found = name_order(session, order)
        minor = None if amount is None else read_amount(amount, found.price.currency).minor
        data = {"order_id": found.id, "dispute_ref": ref, "state": state, "reason": reason, "amount_minor": minor}
        hand_in(wiring, DisputeReported, data, account=found.account_id, with_gateways=True)
        with reading(wiring.engine) as session:
            page = order_page(session, found.id)
    line = next(one for one in page.disputes if one.dispute_ref == ref)
    if as_json:
        print_json({"order_id": found.id, "dispute_ref": ref, "state": line.status})
        return
    print_disputes(page.disputes)
    if page.package is not None:
        left, frozen = length(page.package.left_seconds), length(page.package.frozen_seconds)
        out.print(f"its package is {page.package.state}: {left} left, {frozen} frozen")
