"""Pages of lists: cursors that belong to one list with one filter, and the link to the next page."""

import base64
import binascii
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request

from store.cursor import WrongCursor
from web.api.v1.problems import problem

P = TypeVar("P")

Limit = Annotated[int, Query(ge=1, le=100, description="How many at the most")]
Cursor = Annotated[str | None, Query(max_length=4_000, description="`next_cursor` of the page before")]

DEFAULT_LIMIT = 20

_MARK_BYTES = 8


def write_page_cursor(inner: str | None, *, of: str) -> str | None:
    """
    Return the cursor of the next page; None: there is none.

    Args:
        inner: that of the store.
        of: what names the list and its filter.
    """
    if inner is None:
        return None
    return base64.urlsafe_b64encode(_mark(of) + inner.encode()).decode().rstrip("=")


def read_page_cursor(cursor: str | None, *, of: str) -> str | None:
    """
    Return the store's cursor in one that a page has given.

    Raises:
        WrongCursor: no page of this list has given it.
    """
    if cursor is None:
        return None
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        inner = content[_MARK_BYTES:].decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise WrongCursor("this is not a cursor that a page has given") from error
    if content[:_MARK_BYTES] != _mark(of):
        raise WrongCursor("this is the cursor of another list, or of another filter")
    return inner


def list_of(request: Request) -> str:
    """Return what names a list: its address, and its filter."""
    filters = sorted((name, value) for name, value in request.query_params.multi_items() if name not in _PLACE)
    return f"{request.scope['path']}?{urlencode(filters)}"


def page(
    request: Request, cursor: str | None, find: Callable[[str | None], tuple[P, str | None]]
) -> tuple[P, str | None]:
    """
    Return a page of a list and the cursor of the next one; the answer links to it.

    Args:
        request: whose answer it is.
        cursor: as it came.
        find: gets the store's cursor, and returns what it finds with the store's next one.

    Raises:
        Problem: the cursor is of no page of this list.
    """
    of = list_of(request)
    try:
        found, following = find(read_page_cursor(cursor, of=of))
    except WrongCursor as error:
        raise problem("cursor_invalid", str(error)) from error
    next_cursor = write_page_cursor(following, of=of)
    if next_cursor is not None:
        stay = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        query = urlencode([*stay, ("cursor", next_cursor)])
        request.state.answer_headers["Link"] = f'<{request.scope["path"]}?{query}>; rel="next"'
    return found, next_cursor


def _mark(of: str) -> bytes:
    return sha256(of.encode()).digest()[:_MARK_BYTES]


_PLACE = ("cursor", "limit")
