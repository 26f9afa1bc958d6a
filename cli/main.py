"""The command `billing`: its groups, and how faults are told."""

import sys

import typer

from boot.settings import UnableToStart
from cli import (
    checks,
    dead_letters,
    demo,
    disputes,
    messages,
    minutes,
    orders,
    processes,
    products,
    reconcile,
    refunds,
    webhooks_relay,
)
from cli.products import UnableToImport, UnknownProduct
from cli.refunds import UnableToRefund
from messages.errors import MessageRejected, Unavailable
from store.dead_letters import UnableToResolve
from store.pages import UnknownAccount, UnknownUsage
from store.pages_payments import UnknownOrder

app = typer.Typer(
    name="billing",
    help="Sells packages of minutes, counts them down, and can explain every second.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (
    processes.app,
    webhooks_relay.app,
    messages.app,
    minutes.app,
    orders.links,
    refunds.app,
    disputes.app,
    reconcile.app,
    checks.app,
    demo.app,
):
    app.registered_commands += group.registered_commands
app.add_typer(products.app, name="products")
app.add_typer(orders.app, name="orders")
app.add_typer(dead_letters.app, name="dead-letters")

TOLD = (
    UnableToStart,
    Unavailable,
    MessageRejected,
    UnableToResolve,
    UnableToImport,
    UnableToRefund,
    UnknownAccount,
    UnknownUsage,
    UnknownProduct,
    UnknownOrder,
)
"""What is the user's to mend: one sentence, exit 2. Anything else is a bug and shows where it is."""


def main() -> None:
    """Run a command."""
    try:
        app()
    except TOLD as error:
        print(f"billing: {error}", file=sys.stderr)
        sys.exit(2)
