"""How packages and ledgers are shown; used by several commands."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from cli.output import length, moment, print_table, short
from domain.minutes.package import Package
from domain.minutes.reason import Because, Reason
from store.minutes.read import Explanation, Statement, StatementLine

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


def print_statement(found: Statement | Explanation, *, title: str = "") -> None:
    """Print ledger lines as a table, each burn with its reason."""
    print_table(
        title or _title(found),
        ("usage or message", "what", "seconds", "package", "left", "why"),
        (
            (
                line.usage or line.message,
                MEANING[line.line.entry.kind] + (" (late)" if line.is_late else ""),
                f"{line.line.entry.seconds:+}",
                short(line.line.entry.package_id),
                line.line.left_seconds,
                because(line.line.reason) if line.line.reason else "",
            )
            for line in found.lines
        ),
        right="seconds left",
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


def statement_as_json(found: Statement | Explanation) -> dict[str, Any]:
    """Return packages and ledger lines as JSON can carry them."""
    return {
        "packages": [dataclasses.asdict(package) for package in found.packages],
        "lines": [_line_as_json(line) for line in found.lines],
    }


def _line_as_json(line: StatementLine) -> dict[str, Any]:
    entry, reason = line.line.entry, line.line.reason
    return {
        "id": line.id,
        "booked_at": line.booked_at,
        "effective_at": entry.effective_at,
        "kind": entry.kind,
        "seconds": entry.seconds,
        "package_id": entry.package_id,
        "usage_id": line.usage,
        "message_id": line.message,
        "is_late": line.is_late,
        "left_seconds": line.line.left_seconds,
        "debt_seconds": line.line.debt_seconds,
        "because": reason.because if reason else None,
        "rival_package_id": reason.rival.id if reason and reason.rival else None,
    }


def _title(found: Statement | Explanation) -> str:
    if isinstance(found, Explanation):
        return f"Ledger, {len(found.lines)} lines"
    if len(found.lines) == found.total_lines:
        return f"Statement, {found.total_lines} lines"
    return f"Statement, the newest {len(found.lines)} of {found.total_lines} lines"
