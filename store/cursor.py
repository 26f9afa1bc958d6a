"""Cursors: where a page of a list ended, as a text that the next request hands back."""

import base64
import binascii
from typing import Any

import orjson


class WrongCursor(ValueError):
    """A cursor is not one that a page has given."""


def write_cursor(state: dict[str, Any]) -> str:
    """Return the state of a page's end as a text for URLs and command lines."""
    return base64.urlsafe_b64encode(orjson.dumps(state)).decode().rstrip("=")


def read_cursor(cursor: str, **kinds: type) -> dict[str, Any]:
    """
    Return the state that a cursor carries.

    Args:
        cursor: as a page gave it.
        kinds: which values it must have, and of which type.

    Raises:
        WrongCursor: it is no cursor of this list.
    """
    try:
        state = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, orjson.JSONDecodeError, ValueError) as error:
        raise WrongCursor("this is not a cursor that a page has given") from error
    if not isinstance(state, dict) or any(not isinstance(state.get(name), kind) for name, kind in kinds.items()):
        raise WrongCursor("this is the cursor of another list")
    return state
