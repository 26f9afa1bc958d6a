"""How values are shown: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

PROSE = frozenset(
    {
        "counts",
        "description",
        "for example",
        "found",
        "name",
        "reason",
        "said",
        "state",
        "status",
        "what is known",
        "what to do",
        "why",
    }
)
"""Columns of words; in all others a line break would break an id, a date, a length or an amount."""

LONGEST_WORD = 36
"""An id; longer words of such columns, such as addresses, may be broken."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """Print a value as one JSON document."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_as_json)
    sys.stdout.write("\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: str = "") -> None:
    """
    Print a table so that no id, date or amount is broken.

    Where it does not fit, it has no lines between its columns; where that is not enough, no columns.

    Args:
        title: stands above it.
        columns: their names; those of `PROSE` are wrapped between words.
        rows: cells, shown by `str`.
        right: names of the columns with numbers, separated by spaces.
    """
    cells = [[Text.from_markup("" if cell is None else str(cell)) for cell in row] for row in rows]
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", expand=False)
    widths = _widths(columns, cells, room=out.width - 3 * len(columns) - 1)
    if widths is None:
        table.box, table.show_edge, table.pad_edge, table.padding = box.SIMPLE_HEAD, False, False, (0, 1, 0, 0)
        widths = _widths(columns, cells, room=out.width - 2 * len(columns) + 2)
    if widths is None:
        _print_rows(title, columns, cells)
        return
    for column, width in zip(columns, widths, strict=True):
        justify: Literal["left", "right"] = "right" if column in right.split() else "left"
        table.add_column(column, justify=justify, width=width, no_wrap=column not in PROSE, overflow="fold")
    for row in cells:
        table.add_row(*row)
    out.print(table)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[Text]], *, room: int) -> list[int] | None:
    """Return how wide each column is, so that only prose is wrapped and no word is broken; None: it does not fit."""
    texts = [[Text(column), *(row[place] for row in rows)] for place, column in enumerate(columns)]
    longest = [max(_longest(text.plain.split("\n")) for text in column) for column in texts]
    widths = [
        min(LONGEST_WORD, max(_longest(text.plain.split()) for text in column)) if name in PROSE else most
        for name, column, most in zip(columns, texts, longest, strict=True)
    ]
    spare = room - sum(widths)
    if spare < 0:
        return None
    wanting = sorted(range(len(columns)), key=lambda place: longest[place] - widths[place])
    for done, place in enumerate(wanting):
        more = min(longest[place] - widths[place], spare // (len(wanting) - done))
        widths[place] += more
        spare -= more
    return widths


def _longest(lines: Iterable[str]) -> int:
    return max((cell_len(line) for line in lines), default=0)


def _print_rows(title: str, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
    """Print each row as lines of a name and a value, without what is empty."""
    out.print(f"[bold]{title}[/]", soft_wrap=True)
    width = _longest(columns)
    for number, row in enumerate(rows):
        if number:
            out.print()
        for column, cell in zip(columns, row, strict=True):
            if cell:
                value = Text(", ").join(cell.split("\n"))
                line = Text.assemble((f"{column:{width}}", "bold"), "  ", value)
                out.print(line, soft_wrap=column not in PROSE)


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


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, regular in the plural: `1 day`, `30 days`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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
