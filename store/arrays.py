"""Columns of many rows as PostgreSQL array literals, for `unnest`."""

from collections.abc import Iterable


def array(values: Iterable[object]) -> str:
    """
    Return an array literal; None becomes NULL, everything else is written as text and quoted.

    One literal is one token to the server, where a list handed to the driver becomes an
    expression with a node per element: for the columns of some hundred events that
    is most of the time a statement takes to be parsed.
    """
    return "{" + ",".join("NULL" if value is None else _quoted(str(value)) for value in values) + "}"


def numbers(values: Iterable[int | None]) -> str:
    """Return an array literal of whole numbers; None becomes NULL."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
