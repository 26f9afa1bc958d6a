"""Cursors: where a page of a list ended, as a text that the next request hands back."""

import base64
import binascii
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

MAX_INTEGER = 2**63 - 1
"""Of a column; a larger number would be refused by the database, not by us."""


class WrongCursor(ValueError):
    """A cursor is not one that a page has given."""


def write_cursor(state: dict[str, Any]) -> str:
    """Return the state of a page's end as a text for URLs and command lines."""
    return base64.urlsafe_b64encode(orjson.dumps(state)).decode().rstrip("=")


def read_cursor(cursor: str, **kinds: type) -> dict[str, Any]:
    """
    Return the state that a cursor carries.

    Args:
        cursor: as a page gave it, or as anybody has made it up.
        kinds: which values it must have: `int`, `str`, `datetime` (aware), `UUID`, or `dict` from texts to integers.

    Returns:
        The values; moments as such, UUIDs as texts.

    Raises:
        WrongCursor: it is no cursor of this list, or no query could use it.
    """
    try:
        state = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, orjson.JSONDecodeError, ValueError) as error:
        raise WrongCursor("this is not a cursor that a page has given") from error
    if not isinstance(state, dict):
        raise WrongCursor("this is the cursor of another list")
    return {name: _value_of(state.get(name), kind) for name, kind in kinds.items()}


def _value_of(value: Any, kind: type) -> Any:
    try:
        if kind is datetime and isinstance(value, str) and (moment := datetime.fromisoformat(value)).tzinfo is not None:
            return moment
        if kind is UUID and isinstance(value, str):
            return str(UUID(value))
    except ValueError as error:
        raise WrongCursor("this is not a cursor that a page has given") from error
    is_right = {
        int: _is_integer(value),
        # PostgreSQL has no text with a zero in it.
        str: isinstance(value, str) and "\0" not in value,
        dict: isinstance(value, dict) and all(map(_is_integer, value.values())),
    }
    if not is_right.get(kind, False):
        raise WrongCursor("this is the cursor of another list")
    return value


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER
