"""`billing review list | show | resolve`: what a person should look after, and what was decided about it."""

import dataclasses
import getpass
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape

from boot.wiring import Wiring
from cli.context import hand_in, open_wiring
from cli.output import AsJson, moment, out, print_json, print_table
from messages.payments.reviews import ReviewResolutionRequested
from store.payments.review import Resolution, ReviewItem, find_resolutions, review_items
from store.reading import reading

app = typer.Typer(help="What needs review by a person.", no_args_is_help=True)

ItemId = Annotated[str, typer.Argument(help="As `review list` shows it, such as order:stripe:7a52….")]


class UnknownReviewItem(LookupError):
    """Nothing of this name needs review, or ever did."""


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List what needs review, the oldest first; exits 1 if there is something."""
    with open_wiring() as wiring:
        found = _items(wiring)
    if as_json:
        print_json({"needs_review": [_as_row(item) for item in found]})
    else:
        print_table(
            f"Needs review by a person: {len(found)}",
            ("id", "what", "since", "what is known"),
            ((escape(item.id), item.kind, moment(item.since)[:16], escape(item.sentence)) for item in found),
        )
    raise typer.Exit(1 if found else 0)


@app.command()
def show(item: ItemId, as_json: AsJson = False) -> None:
    """Show one item and what was decided about it before."""
    with open_wiring() as wiring:
        found = next((one for one in _items(wiring) if one.id == item), None)
        with reading(wiring.engine) as session:
            resolutions = find_resolutions(session, item)
    if found is None and not resolutions:
        raise UnknownReviewItem(f"{item} does not need review, and never did; `billing review list` shows what does")
    if as_json:
        row = None if found is None else _as_row(found)
        print_json({"item": row, "resolutions": [dataclasses.asdict(one) for one in resolutions]})
        return
    _print_item(item, found, resolutions)


@app.command()
def resolve(
    item: ItemId,
    reason: Annotated[str, typer.Option(help="What was found and done, for whoever asks later.")],
    outcome: Annotated[
        str | None, typer.Option(help="Of a refund under way: succeeded (void its minutes) or failed (free them).")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who decided it; who runs the command if left out.")] = None,
    message_id: Annotated[str | None, typer.Option("--id", help="The same id twice has one effect.")] = None,
    as_json: AsJson = False,
) -> None:
    """Resolve an item with a reason; it is shown again only if it changes. Exits 1 with the reason of a refusal."""
    kind, _, rest = item.partition(":")
    gateway, _, ref = rest.partition(":")
    if not ref:
        raise UnknownReviewItem(f"{item} is not the name of an item, such as order:stripe:7a52…")
    data = {
        "kind": kind,
        "gateway": gateway,
        "ref": ref,
        "reason": reason,
        "resolved_by": getpass.getuser() if by is None else by,
        "outcome": outcome,
    }
    with open_wiring() as wiring:
        answer = hand_in(wiring, ReviewResolutionRequested, data, account=None, message_id=message_id).answer
    if as_json:
        print_json(answer)
    elif "code" in answer:
        out.print(f"refused: {answer['code']}: {answer['reason']}", markup=False, soft_wrap=True)
    else:
        out.print(f"resolved: {item}: {answer['sentence']}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if "code" in answer else 0)


def _items(wiring: Wiring) -> list[ReviewItem]:
    with reading(wiring.engine) as session:
        return review_items(session, now=wiring.clock())


def _as_row(item: ReviewItem) -> dict[str, object]:
    return {"id": item.id} | dataclasses.asdict(item)


def _print_item(name: str, found: ReviewItem | None, resolutions: Sequence[Resolution]) -> None:
    if found is None:
        out.print(f"{name} needs no review", markup=False, soft_wrap=True)
    else:
        out.print(f"{found.kind} since {moment(found.since)}: {found.sentence}", markup=False, soft_wrap=True)
    for one in resolutions:
        outcome = f" ({one.outcome})" if one.outcome else ""
        said = (
            f"{moment(one.resolved_at)} resolved by {one.resolved_by}{outcome}: {one.reason}; it read: {one.sentence}"
        )
        out.print(said, markup=False, soft_wrap=True)
