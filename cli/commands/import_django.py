"""`billing import-django`: users, tokens, offers, minutes and payments of Screph's old backend."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli.context import open_wiring
from cli.output import AsJson, out, print_json, print_table
from store.django_source import open_django_source
from workers.actors import open_context
from workers.import_django import ImportReport, import_django

app = typer.Typer()


@app.command("import-django")
def import_command(
    source: Annotated[str, typer.Argument(help="postgresql://… or an SQLite file; it is read alone.")],
    users: Annotated[str, typer.Option(help="The table of users, where the project has its own.")] = "auth_user",
    dry_run: Annotated[bool, typer.Option(help="Find out everything and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring along the old backend's users; again it changes nothing. Exits 1 if minutes do not add up."""
    with open_wiring() as wiring, open_django_source(source, users=users) as found:
        report = import_django(open_context(wiring, with_gateways=False), found, is_dry=dry_run)
    if as_json:
        print_json(asdict(report) | {"adds_up": report.adds_up, "is_dry_run": dry_run})
    else:
        _print(report, is_dry=dry_run)
    raise typer.Exit(0 if report.adds_up else 1)


def _print(report: ImportReport, *, is_dry: bool) -> None:
    title = "Would be imported" if is_dry else "Imported"
    print_table(title, ("what", "count"), sorted(report.counts.items()), right="count")
    if report.oddities:
        rows = ((one.table, one.id, one.reason) for one in report.oddities)
        print_table(f"Odd rows: {len(report.oddities)}", ("table", "row", "why"), rows)
    out.print(
        f"minutes that users can spend: {report.minutes_before} in the old database, {report.minutes_after} here, "
        f"{report.minutes_odd} in odd rows: {'they add up' if report.adds_up else 'THEY DO NOT ADD UP'}",
        soft_wrap=True,
    )
