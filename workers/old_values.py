"""
Values of the old backend's rows, as they should be.

SQLite keeps whatever it is given, so a number may be a text there and a moment no moment at all.
"""

from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
"""Nothing was bought or begun before; so early a moment is a zero that somebody took for one."""


def whole_number(value: Any) -> int | None:
    """Return a value as a whole number; None: it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return int(value) if isfinite(value) and value == int(value) else None


def is_true(value: Any) -> bool:
    """Tell whether a value says yes, as its database itself reads it."""
    return bool(value) if isinstance(value, int | float) else False


def moment_of(value: Any, *, now: datetime) -> datetime | None:
    """
    Return a moment of the past, aware; None: it is none.

    Args:
        value: a moment, or what SQLite keeps in its place: a text without a zone, which is UTC there.
        now: what is later lies in the future, so nobody can have bought then.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        return None
    return moment if EARLIEST <= moment <= now else None


def plain_text(value: Any) -> str:
    """Return what can be printed of a text, without blanks around it."""
    return "".join(letter for letter in str(value or "") if letter.isprintable()).strip()
