"""CSV for people who open it in a table program: no cell of it is ever a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

BYTE_ORDER_MARK = "\ufeff"
"""At the beginning, so that Excel reads UTF-8."""

MEDIA_TYPE = "text/csv; charset=utf-8"

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Sequence[str | int | None]]) -> str:
    """
    Return rows as CSV (RFC 4180).

    Args:
        rows: of text, which is made safe; of whole numbers, which stay numbers; None is an empty cell.
    """
    written = StringIO()
    csv.writer(written).writerows([[_cell(cell) for cell in row] for row in rows])
    return written.getvalue()


def _cell(cell: str | int | None) -> str | int:
    if cell is None or isinstance(cell, int):
        return "" if cell is None else cell
    # A table program would run what begins so, whoever wrote it.
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell
