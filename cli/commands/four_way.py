"""`billing reconcile four-way | import-usage`: gateways, orders, the ledger and Screph's own log, day by day."""

import dataclasses
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from boot.wiring import Wiring
from cli.commands import reconcile
from cli.commands.usage_files import read_usage_file
from cli.context import open_wiring
from cli.days import FORMATS, known_day
from cli.output import AsJson, moment, out, print_json, print_table
from domain.statistics.period import Days, day_of
from messages.errors import MessageRejected
from messages.statistics.requests import UsageDayReported
from store.reading import reading
from store.statistics.read.differences import grant_differences, session_differences, usage_differences
from store.statistics.read.reconciliation import Comparison, Side, open_days, read_comparisons
from workers.actors import open_context
from workers.outcome import Outcome, Result
from workers.statistics.compare import compare_days
from workers.submit import Submission, submit_many

app = reconcile.app

USUAL_DAYS = 14

MOST_LISTED = 50
"""Accounts and orders of one day that are listed."""

BATCH = 100

SOURCE = "usage-import"


@app.command("four-way")
def four_way(
    day: Annotated[
        datetime | None,
        typer.Option(formats=FORMATS, callback=known_day, help="One day alone, and what differs on it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the days that are over, and exit 1 if anything differs that nobody has accepted; it calls no gateway."""
    with open_wiring() as wiring:
        zone, wanted = wiring.settings.business_zone, None if day is None else day.date()
        compare_days(open_context(wiring, with_gateways=False), [] if wanted is None else [wanted])
        found = _comparisons(wiring, wanted, zone)
        details = [] if wanted is None else _details(wiring, wanted, zone)
    open_ones = [one for one in found if one.is_open]
    if as_json:
        shown = [dataclasses.asdict(one) | {"is_equal": one.is_equal, "repair": one.repair} for one in found]
        print_json({"zone": zone, "unexplained": len(open_ones), "days": shown, "differences": details})
    else:
        _print_comparisons(found)
        for line in details:
            out.print(f"{line['what']} {line['of']}: {line['ours']} here, {line['theirs']} there. {line['repair']}")
        if open_ones and wanted is None:
            out.print("`billing reconcile four-way --day DAY` lists what differs on a day, and what repairs it.")
        out.print(f"unexplained: {len(open_ones)}")
    raise typer.Exit(1 if open_ones else 0)


@app.command("import-usage")
def import_usage(
    file: Annotated[Path, typer.Argument(help="FILE.csv with a head, or FILE.jsonl; docs/publishing.md has both.")],
    source: Annotated[
        str, typer.Option(help="Who speaks; with day, account and revision the name of a report.")
    ] = SOURCE,
    as_json: AsJson = False,
) -> None:
    """Hand in what Screph's own log says of days; the same file twice has one effect. Exits 1 if a line is refused."""
    counts = {"stored": 0, "known": 0, "refused": 0}
    faults: list[str] = []
    with open_wiring() as wiring:
        context = open_context(wiring, with_gateways=False)
        rows = read_usage_file(file, zone=context.business_zone)
        while lines := list(islice(rows, BATCH)):
            submissions = [
                Submission(UsageDayReported, line.account_id, line.data, source, line.message_id) for line in lines
            ]
            for line, answer in zip(lines, submit_many(context, submissions), strict=True):
                _count(counts, faults, f"{file}:{line.number}", answer)
    if as_json:
        print_json(counts | {"faults": faults})
    else:
        for fault in faults:
            out.print(fault, markup=False, soft_wrap=True)
        out.print(f"stored {counts['stored']}, known before {counts['known']}, refused {counts['refused']}")
    raise typer.Exit(1 if counts["refused"] else 0)


def _count(counts: dict[str, int], faults: list[str], place: str, answer: Outcome | MessageRejected) -> None:
    if isinstance(answer, Outcome) and "code" not in answer.answer:
        counts["known" if answer.result is Result.REPEATED else "stored"] += 1
        return
    counts["refused"] += 1
    if isinstance(answer, MessageRejected):
        faults.append(f"{place}: {answer.code}: {answer.reason}")
    else:
        faults.append(f"{place}: {answer.answer['code']}: {answer.answer['reason']}")


def _comparisons(wiring: Wiring, wanted: date | None, zone: str) -> list[Comparison]:
    now = wiring.clock()
    today = day_of(now, zone)
    with reading(wiring.engine) as session:
        first = min([today - timedelta(days=USUAL_DAYS), *open_days(session)])
        days = Days(first, today, zone) if wanted is None else Days(wanted, wanted, zone)
        found = read_comparisons(session, days, now=now, late_window=wiring.settings.rules.late_window)
    return [one for one in found if one.is_open or wanted or today - one.day <= timedelta(days=USUAL_DAYS)]


def _details(wiring: Wiring, day: date, zone: str) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    with reading(wiring.engine) as session:
        for order in grant_differences(session, day):
            name = f"{order.order_id} of {order.account_id}"
            lines.append(_line("order", name, order.granted_seconds, order.promised_seconds, order.repair))
        accounts, _ = usage_differences(session, day, limit=MOST_LISTED)
        for one in accounts:
            lines.append(_line("account", one.account_id, one.booked_seconds, one.reported_seconds, one.repair))
            for part in session_differences(session, one.account_id, day, zone) or ():
                name = f"{part.session_id or 'without a session'} of {one.account_id}"
                lines.append(_line("session", name, part.booked_seconds, part.reported_seconds, part.repair))
    return lines


def _line(what: str, of: str, ours: int | None, theirs: int | None, repair: str) -> dict[str, object]:
    return {"what": what, "of": of, "ours": ours or 0, "theirs": theirs or 0, "repair": repair}


def _print_comparisons(found: list[Comparison]) -> None:
    names = {
        Side.CAPTURED: "money: orders, gateway",
        Side.REFUNDED: "refunds: ours, gateway",
        Side.GRANTS: "seconds: ledger, orders",
        Side.USAGE: "usage: ledger, Screph",
    }
    print_table(
        f"Compared: {len(found)}",
        ("day", "what", "gateway", "ours", "theirs", "differing", "state", "repair by"),
        (
            (
                str(one.day),
                names[one.side],
                escape(f"{one.gateway} {one.currency}".strip()),
                one.ours,
                one.theirs,
                one.differing or "",
                "equal" if one.is_equal else "DIFFERS" if one.is_open else "accepted",
                moment(one.repair_by)[:16] if one.repair_by else "",
            )
            for one in found
        ),
        right="ours theirs differing",
    )
