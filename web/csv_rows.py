"""CSV for people who open it in a table program: no cell of it is ever a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO

BYTE_ORDER_MARK = "\ufeff"
"""At the beginning, so that Excel reads UTF-8."""

MEDIA_TYPE = "text/csv; charset=utf-8"

Cell = str | int | float | None

# Both as one types them and as wide characters, which Excel takes for the same. A program whose country writes 1,5 for
# one and a half begins a cell after a semicolon, whatever we mean: there, and after a tab or a new line, as well.
_FORMULA = re.compile(r"((?:^|[;\t\r\n])\"?)(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")

DIGITS = 4
"""Of a share, behind the point."""


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """
    Return rows as CSV (RFC 4180).

    Args:
        rows: of text, which is made safe; of numbers, which stay numbers, shares with DIGITS behind the point; None is
            an empty cell.
    """
    written = StringIO()
    csv.writer(written).writerows([[_cell(cell) for cell in row] for row in rows])
    return written.getvalue()


def _cell(cell: Cell) -> str | int | float:
    match cell:
        case None:
            return ""
        case float():
            return round(cell, DIGITS) + 0.0  # so that nothing less than nothing is written as -0.0
        case int():
            return cell
        case str():
            # A table program would run what begins so, whoever wrote it.
            return _FORMULA.sub(r"\1'", cell)
