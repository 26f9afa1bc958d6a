"""The rows behind a number: lists of what a figure is made of, by the same conditions, the newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from store.cursor import read_cursor, write_cursor
from store.statistics.count import NOT_COUNTED
from store.statistics.read.row_lists import LISTS
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class WantedRows:
    """
    Which rows are asked for: those of some days, and of what else is given.

    `figure` is a figure of the minutes; `source` and `code` name what gave a bonus or a discount.
    """

    days: Days
    currency: str = ""
    gateway: str = ""
    kind: str = ""
    product: str = ""
    outcome: str = ""
    retry: str = ""
    code: str = ""
    figure: str = ""
    source: str = ""
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class RowBehind:
    """One row; what it does not have is None. `what` says in a few words what it is."""

    at: datetime
    id: str
    account_id: str
    what: str
    order_id: str | None = None
    subscription_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    seconds: int | None = None


def rows_behind(session: Session, what: str, wanted: WantedRows) -> tuple[list[RowBehind], str | None]:
    """
    Return a page of the rows behind a figure, and the cursor of the next one, where there is one.

    Args:
        session: any.
        what: one of LISTS.
        wanted: which of them.

    Raises:
        WrongCursor: no page of this kind has given it.
    """
    names = ("currency", "gateway", "kind", "product", "outcome", "retry", "code", "figure", "source")
    parameters = period(wanted.days) | {name: getattr(wanted, name) for name in names}
    parameters |= {"sandbox": NOT_COUNTED[0], "limit": wanted.limit + 1, **_position(wanted.cursor)}
    found = [RowBehind(**row) for row in session.execute(text(_paged(LISTS[what])), parameters).mappings()]
    last = found[wanted.limit - 1] if len(found) > wanted.limit else None
    following = None if last is None else write_cursor({"at": last.at.isoformat(), "id": last.id})
    return found[: wanted.limit], following


def _position(cursor: str | None) -> dict[str, object]:
    """Return where a page ended; without one, the end of all time."""
    if cursor is None:
        return {"at": "infinity", "id": ""}
    return read_cursor(cursor, at=datetime, id=str)


def _paged(rows: str) -> str:
    return f"""
        SELECT * FROM ({rows}) AS listed
        WHERE (at, id) < (CAST(:at AS timestamptz), CAST(:id AS text)) ORDER BY at DESC, id DESC LIMIT :limit
    """
