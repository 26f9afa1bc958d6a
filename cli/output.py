"""How values are shown: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """Print a value as one JSON document."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_as_json)
    sys.stdout.write("\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: str = "") -> None:
    """
    Print a table.

    Args:
        title: stands above it.
        columns: their names.
        rows: cells, shown by `str`.
        right: names of the columns with numbers, separated by spaces.
    """
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", expand=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right.split() else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    out.print(table)


def length(seconds: int) -> str:
    """Return seconds for a person: `1 h 05 m 09 s`, without what is zero."""
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    if minutes or hours:
        parts.append(f"{minutes:02} m" if hours else f"{minutes} m")
    if rest or not parts:
        parts.append(f"{rest:02} s" if parts else f"{rest} s")
    return sign + " ".join(parts)


def moment(at: datetime | None) -> str:
    """Return a moment for a person, in UTC to the second; `never` for none."""
    return "never" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def short(identifier: str | None) -> str:
    """Return the first eight characters of a long id."""
    return (identifier or "")[:8]


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", errors="backslashreplace")
    return str(value)
