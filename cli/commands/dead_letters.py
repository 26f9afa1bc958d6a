"""`billing dead-letters list | show | replay | discard`: messages that could not be applied."""

import dataclasses
import getpass
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

import workers.dead_letters
from cli.context import open_wiring
from cli.output import AsJson, moment, out, print_json, print_table
from store.dead_letters import State, find_dead_letters, get_dead_letter
from store.reading import reading
from store.tables import DeadLetterRow
from workers.actors import open_context

app = typer.Typer(help="Messages that could not be applied, with their bytes and the reason.", no_args_is_help=True)

Letter = Annotated[int, typer.Argument(help="Its number in the list.")]
SHOWN_BYTES = 4_000


@app.command("list")
def list_letters(
    everything: Annotated[bool, typer.Option("--all", help="Those decided about as well.")] = False,
    queue: Annotated[str | None, typer.Option(help="Only of this queue.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest so many.")] = 50,
    before: Annotated[int | None, typer.Option(help="Only older ones than this number.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the newest dead letters."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        state: State | None = None if everything else "waiting"
        letters = find_dead_letters(session, state=state, queue=queue, limit=limit, before=before)
    if as_json:
        print_json([dataclasses.asdict(letter) for letter in letters])
        return
    print_table(
        f"Dead letters: {len(letters)}",
        ("no", "when", "seen", "state", "code", "event", "reason"),
        (
            (
                letter.id,
                moment(letter.last_seen_at)[:16],
                letter.seen,
                letter.state,
                escape(letter.code),
                escape(letter.event_id or ""),
                escape(letter.reason),
            )
            for letter in letters
        ),
        right="no seen",
    )


@app.command()
def show(letter: Letter, as_json: AsJson = False) -> None:
    """Show one dead letter with its bytes."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        row = _as_json(get_dead_letter(session, letter))
    if as_json:
        print_json(row)
        return
    for name, value in row.items():
        if name != "body":
            out.print(f"[bold]{name:14}[/] {moment(value) if isinstance(value, datetime) else escape(str(value))}")
    out.print(f"[bold]body[/]           {len(row['body'])} bytes")
    out.print(row["body"][:SHOWN_BYTES].decode("utf-8", errors="backslashreplace"), markup=False)


@app.command()
def replay(
    letter: Letter,
    exchange: Annotated[
        str | None, typer.Option(help="Through which it is sent, if only a person can say; it decides what it may do.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a dead letter again with its own bytes; twice is harmless."""
    with open_wiring() as wiring:
        context = open_context(wiring, with_gateways=False)
        row = workers.dead_letters.replay(context, letter, by=getpass.getuser(), exchange=exchange)
    _print_resolved(row, as_json, "is in the outbox and will be sent again")


@app.command()
def discard(
    letter: Letter,
    reason: Annotated[str, typer.Option(help="Why it will never be applied.")],
    as_json: AsJson = False,
) -> None:
    """Decide that a dead letter will never be applied; its bytes stay."""
    with open_wiring() as wiring:
        context = open_context(wiring, with_gateways=False)
        row = workers.dead_letters.discard(context, letter, reason=reason, by=getpass.getuser())
    _print_resolved(row, as_json, "is discarded; its bytes stay")


def _print_resolved(row: DeadLetterRow, as_json: bool, done: str) -> None:
    if as_json:
        print_json({"id": row.id, "state": row.state})
    else:
        out.print(f"dead letter {row.id} {done}")


def _as_json(letter: DeadLetterRow) -> dict[str, Any]:
    row = letter.model_dump()
    row["body"] = bytes(row["body"])
    del row["content_sha256"]
    return row
