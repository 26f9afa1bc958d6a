"""`billing reconcile`: what a person should review, after polling the gateways if that is asked for; and its parts."""

import dataclasses
from typing import Annotated, Any

import typer
from rich.markup import escape

from boot.logs import set_up_logs
from boot.settings import UnableToStart
from boot.wiring import Wiring
from cli.context import open_wiring
from cli.output import AsJson, moment, out, print_json, print_table
from store.payments.review import ReviewItem, review_items
from store.reading import reading
from workers.actors import open_context
from workers.payments.reconcile import import_recent, poll_open_payments
from workers.payments.totals import compare_totals

app = typer.Typer(invoke_without_command=True)

LABELS = {
    "open": "open payments polled",
    "recent": "payments and refunds of the last day imported",
    "sums": "days and currencies in which the money differs",
}


@app.callback()
def reconcile(
    chosen: typer.Context,
    open_rows: Annotated[
        bool, typer.Option("--open", help="Poll what is open for ten minutes, and recover lost webhooks.")
    ] = False,
    recent: Annotated[bool, typer.Option("--recent", help="Apply what the gateways list for the last day.")] = False,
    sums: Annotated[bool, typer.Option("--sums", help="Compare seven days' money, by day and currency.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a person should review, and exit 1 if there is something; options poll the gateways first."""
    if chosen.invoked_subcommand is not None:
        return
    with open_wiring() as wiring:
        # What could not be polled is logged as a warning, and the person who waits should see it.
        set_up_logs("WARNING", form=wiring.settings.log_format)
        polled = _poll(wiring, open_rows=open_rows, recent=recent, sums=sums)
        with reading(wiring.engine) as session:
            found = review_items(session, now=wiring.clock())
    if as_json:
        print_json({"polled": polled, "needs_review": [dataclasses.asdict(item) for item in found]})
    else:
        for what, count in polled.items():
            out.print(f"{LABELS[what]}: {count}")
        _print_review_items(found)
    raise typer.Exit(1 if found else 0)


def _poll(wiring: Wiring, *, open_rows: bool, recent: bool, sums: bool) -> dict[str, Any]:
    if not (open_rows or recent or sums):
        return {}
    if not wiring.settings.gateway_names:
        raise UnableToStart("GATEWAYS names no gateway to poll")
    context = open_context(wiring)
    polled = {}
    if open_rows:
        polled["open"] = poll_open_payments(context)
    if recent:
        polled["recent"] = import_recent(context)
    if sums:
        polled["sums"] = len(compare_totals(context))
    return polled


def _print_review_items(found: list[ReviewItem]) -> None:
    print_table(
        f"Needs review by a person: {len(found)}",
        ("what", "gateway", "which", "since", "what is known"),
        ((item.kind, item.gateway, escape(item.ref), moment(item.since)[:16], escape(item.sentence)) for item in found),
    )
