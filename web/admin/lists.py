"""Lists: their filters stand in the address, so that a list can be kept as a bookmark and handed on."""

from collections.abc import Mapping
from urllib.parse import urlencode

from pydantic import BeforeValidator

EMPTY_IS_NONE = BeforeValidator(lambda value: value or None)
"""Of a filter in an address: a form sends the choice "any" as an empty one."""


def address_with(path: str, asked: Mapping[str, str | None], cursor: str | None) -> str | None:
    """
    Return the address of the next page of a list; None: there is none.

    Args:
        path: of the list.
        asked: its filters, by their names in the address; empty ones are left out.
        cursor: of the next page.
    """
    if cursor is None:
        return None
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value} | {'cursor': cursor})}"


def first_page(path: str, asked: Mapping[str, str | None]) -> str:
    """Return the address of the first page of a list, with its filters."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{path}?{query}" if query else path
