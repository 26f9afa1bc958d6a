"""Which dead letters are meant: one reading of the filters, for lists, previews and decisions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text
from sqlmodel import Session

from store.records import table_of
from store.tables import DeadLetterRow

_LETTERS = table_of(DeadLetterRow)


@dataclass(frozen=True, slots=True)
class WantedLetters:
    """
    Which dead letters are meant; None: whichever. `type` is looked for in the bytes of structured events, and among
    the headers of those in binary mode.
    """

    state: str | None = "waiting"
    queue: str | None = None
    code: str | None = None
    type: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def letter_ids(session: Session, wanted: WantedLetters, *, limit: int, up_to: int | None = None) -> list[int]:
    """Return the numbers of those that are meant, the oldest first, `limit` at the most, none above `up_to`."""
    query = matching(select(_LETTERS.c.id), wanted).order_by(_LETTERS.c.id).limit(limit)
    if up_to is not None:
        query = query.where(_LETTERS.c.id <= up_to)
    return list(session.execute(query).scalars())


_OF_TYPE = text("""
    (position(CAST(:wanted_bytes AS bytea) IN body) > 0
     OR :wanted_type IN (headers ->> 'cloudEvents:type', headers ->> 'cloudEvents_type'))
""")


def matching(query: Select[Any], wanted: WantedLetters) -> Select[Any]:
    """Return a query of dead letters for those alone that are meant."""
    for name in ("state", "queue", "code", "source"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(_LETTERS.c[name] == value)
    if wanted.type is not None:
        query = query.where(_OF_TYPE).params(wanted_type=wanted.type, wanted_bytes=wanted.type.encode())
    if wanted.since is not None:
        query = query.where(_LETTERS.c.last_seen_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_LETTERS.c.first_seen_at < wanted.until)
    return query
