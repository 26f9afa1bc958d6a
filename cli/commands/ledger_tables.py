"""How packages, usages and ledgers are printed; used by several commands."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from rich.markup import escape

from cli.output import length, moment, out, print_table, short
from domain.minutes.forecast import Forecast, Outlook
from domain.minutes.package import Package
from domain.minutes.reason import Because, Reason
from store.minutes.explain import ExplainedLine, ExplainedUsage
from store.minutes.read import StatementLine

MEANING = {
    "grant": "granted",
    "burn": "used",
    "settle": "paid debt",
    "give_back": "given back",
    "expire": "expired",
    "void": "voided",
    "freeze": "frozen",
    "unfreeze": "unfrozen",
    "debt": "owed",
    "debt_settled": "debt paid",
    "debt_cancelled": "debt cancelled",
    "forgiven": "forgiven",
}


def outlook_sentence(found: Forecast) -> str:
    """Return what will become of an account's minutes, in its own days."""
    match found.outlook:
        case Outlook.EMPTY:
            return "nothing is left to use"
        case Outlook.NOT_ENOUGH_DATA:
            return "when the minutes will be used up is not known yet: not enough data"
        case Outlook.EXPIRES_UNUSED:
            return f"as it goes, {found.unused_seconds // 60} minutes will expire unused on {found.unused_on}"
        case Outlook.RUNS_OUT if found.latest is None:
            return f"as it goes, the minutes will not be used up before {found.earliest}"
        case Outlook.RUNS_OUT:
            return f"as it goes, the minutes will be used up between {found.earliest} and {found.latest}"


def print_packages(title: str, packages: Iterable[Package]) -> None:
    """Print packages as a table."""
    print_table(
        title,
        ("package", "kind", "prio", "from", "until", "granted", "left"),
        (
            (
                short(package.id),
                package.kind,
                package.priority,
                moment(package.activated_at)[:10],
                moment(package.expires_at)[:10],
                length(package.granted_seconds),
                length(package.left_seconds),
            )
            for package in packages
        ),
        right="prio granted left",
    )


def print_statement(lines: Sequence[StatementLine | ExplainedLine], *, title: str) -> None:
    """Print ledger lines as a table, each burn with its reason; what was left after each where they say it."""
    with_left = all(isinstance(line, StatementLine) for line in lines)
    columns = ("usage or message", "what", "seconds", "package", *(("left",) if with_left else ()), "why")
    print_table(title, columns, (_cells(line) for line in lines), right="seconds left")


def print_usage(usage: ExplainedUsage) -> None:
    """Print a usage as it was booked, in three lines."""
    asked = "asked for" if usage.is_requested else "reported"
    out.print(
        f"[bold]{escape(usage.event_id)}[/] of {escape(usage.source)}: account {escape(usage.account_id)}, "
        f"{length(usage.used_seconds)} {asked}"
    )
    late = " (late: the window had closed, so it was judged when it was booked)" if usage.is_late else ""
    out.print(f"occurred {moment(usage.occurred_at)}, judged at {moment(usage.judged_at)} UTC{late}")
    out.print(
        f"burnt {length(usage.burnt_seconds)}, became debt {length(usage.debt_seconds)}, "
        f"forgiven {length(usage.forgiven_seconds)}; policy {usage.policy}"
    )


def because(reason: Reason) -> str:
    """Return a reason as half a sentence."""
    rival = short(reason.rival.id) if reason.rival else ""
    match reason.because:
        case Because.ONLY_ONE:
            return "the only one left"
        case Because.PRIORITY:
            return f"priority before {rival}"
        case Because.OLDER:
            return f"older than {rival}"
        case Because.EXPIRES_SOONER:
            return f"expires before {rival}"
        case Because.ID:
            return f"equal to {rival}; lower id"


def package_as_json(package: Package) -> dict[str, Any]:
    """Return a package as JSON can carry it, without the store's own number of it."""
    return {name: value for name, value in dataclasses.asdict(package).items() if name != "number"}


def line_as_json(line: StatementLine | ExplainedLine) -> dict[str, Any]:
    """Return a ledger line as JSON can carry it."""
    shown = {each.name: getattr(line, each.name) for each in dataclasses.fields(line) if each.name != "reason"}
    for own, outside in (("usage", "usage_id"), ("message", "message_id")):
        if own in shown:
            shown[outside] = shown.pop(own)
    return shown | {
        "because": line.reason.because if line.reason else None,
        "rival_package_id": line.reason.rival.id if line.reason and line.reason.rival else None,
    }


def _cells(line: StatementLine | ExplainedLine) -> tuple[object, ...]:
    why = because(line.reason) if line.reason else ""
    if isinstance(line, ExplainedLine):
        return escape(line.message), MEANING[line.kind], f"{line.seconds:+}", short(line.package_id), why
    what = MEANING[line.kind] + (" (late)" if line.is_late else "")
    named = line.usage or line.message
    why = "trial of a subscription" if line.is_trial else why
    return escape(named), what, f"{line.seconds:+}", short(line.package_id), line.left_seconds, why
