"""Batches in the store: codes that were made together, and whether their list was given out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from store.promotions.promotion import Made
from store.records import table_of
from store.tables import PromoBatchRow

_BATCHES = table_of(PromoBatchRow)


@dataclass(frozen=True, slots=True)
class Export:
    """How many codes a batch has, and by whom and when they were given out last; None: by nobody."""

    codes: int
    by: str | None
    at: datetime | None


def add_batch(session: Session, promotion: int, codes: int, made: Made) -> int:
    """Write the next batch of a promotion, which is locked, and return its number in it."""
    last = select(func.coalesce(func.max(_BATCHES.c.number), 0)).where(_BATCHES.c.promotion == promotion)
    number = int(session.execute(last).scalar_one()) + 1
    values = {
        "promotion": promotion,
        "number": number,
        "codes": codes,
        "message_id": made.message_id,
        "created_by": made.by,
        "created_at": made.at,
    }
    session.execute(insert(_BATCHES).values(values))
    return number


def export_batch(session: Session, promotion: int, batch: int, *, by: str, at: datetime, again: bool) -> Export | None:
    """
    Note that the list of a batch is given out, and return how it stood before; None: there is no such batch.

    A list that was given out stays with whoever took it, unless it is taken `again`.
    """
    this = (_BATCHES.c.promotion == promotion, _BATCHES.c.number == batch)
    row = session.execute(select(_BATCHES).where(*this)).one_or_none()
    if row is None:
        return None
    if row.exported_at is None or again:
        session.execute(update(_BATCHES).where(*this).values(exported_at=at, exported_by=by))
    return Export(row.codes, row.exported_by, row.exported_at)
