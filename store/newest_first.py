"""Lists of what was created, the newest first, page by page; by an index, so their cost does not grow."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Table, select, tuple_
from sqlmodel import Session

from store.cursor import read_cursor, write_cursor
from store.numbers import number_of
from store.records import columns_of, record_of

L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class WantedPage:
    """
    A page that is asked for: only of one account or in one state, where they are given.

    `limit` > 0 bounds its lines; `cursor` is of the page before, the first page has none.
    """

    account_id: str | None = None
    status: str | None = None
    limit: int = 50
    cursor: str | None = None


def page_of(
    session: Session, line: type[L], table: Table, wanted: WantedPage, *only: ColumnElement[bool]
) -> tuple[tuple[L, ...], str | None]:
    """
    Return the lines of a page, and the cursor of the next one, where there is one.

    Args:
        session: any.
        line: the record of a row; it has `created_at` and `id`.
        table: as for `newest_first`.
        wanted: which page.
        only: what else must hold of its rows; no index serves that, so only for small tables.

    Raises:
        WrongCursor: no page of this kind has given it.
    """
    # One line more tells whether there is a next page.
    rows = session.execute(newest_first(line, table, replace(wanted, limit=wanted.limit + 1)).where(*only)).all()
    last = rows[wanted.limit - 1] if len(rows) > wanted.limit else None
    following = None if last is None else write_cursor({"at": last.created_at.isoformat(), "id": last.id})
    return tuple(record_of(line, table, row) for row in rows[: wanted.limit]), following


def newest_first(line: type, table: Table, wanted: WantedPage) -> Select[tuple[Any, ...]]:
    """
    Return the query of a page, of a table with an index that ends with `created_at, id` for each filter.

    Args:
        line: the record of a row.
        table: has `account`, `status`, `created_at` and `id`.
        wanted: which page.

    Raises:
        WrongCursor: no page of this kind has given it.
    """
    newest = (table.c.created_at.desc(), table.c.id.desc())
    query = select(*columns_of(line, table)).order_by(*newest).limit(wanted.limit)
    if wanted.account_id is not None:
        query = query.where(table.c.account == number_of(table.c.account, wanted.account_id))
    if wanted.status is not None:
        query = query.where(table.c.status == wanted.status)
    if wanted.cursor is not None:
        query = query.where(tuple_(table.c.created_at, table.c.id) < tuple_(*_position(wanted.cursor)))
    return query


def _position(cursor: str) -> tuple[datetime, str]:
    """Return where a page ended: the moment of creation and the id of its last line."""
    state = read_cursor(cursor, at=datetime, id=str)
    return state["at"], state["id"]
