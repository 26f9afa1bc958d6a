"""The command `billing`: its groups, and how faults are told."""

import sys

import typer

from boot.settings import UnableToStart
from cli import checks, dead_letters, demo, messages, minutes, processes
from messages.fates import MessageRejected, Unavailable
from store.dead_letters import UnableToResolve
from store.pages import UnknownAccount, UnknownUsage

app = typer.Typer(
    name="billing",
    help="Sells packages of minutes, counts them down, and can explain every second.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (processes.app, messages.app, minutes.app, checks.app, demo.app):
    app.registered_commands += group.registered_commands
app.add_typer(dead_letters.app, name="dead-letters")

TOLD = (UnableToStart, Unavailable, MessageRejected, UnableToResolve, UnknownAccount, UnknownUsage)
"""What is the user's to mend: one sentence, exit 2. Anything else is a bug and shows where it is."""


def main() -> None:
    """Run a command."""
    try:
        app()
    except TOLD as error:
        print(f"billing: {error}", file=sys.stderr)
        sys.exit(2)
