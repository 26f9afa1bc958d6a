"""Reading saved methods: what a command, and later a page, shows of them. Nothing here writes or locks."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session

from domain.payments.stored_method import MethodEnd
from store.numbers import number_of
from store.records import columns_of, record_of, table_of
from store.tables import SavedMethodRow

_METHODS = table_of(SavedMethodRow)

MOST = 200
"""More methods than these one account does not show."""


@dataclass(frozen=True, slots=True)
class MethodLine:
    """A saved method in a list; `expires_on` is the last day of a card."""

    id: int
    gateway: str
    label: str
    expires_on: date | None
    saved_at: datetime
    end_reason: MethodEnd | None
    ended_at: datetime | None


def list_methods(session: Session, account_id: str) -> tuple[MethodLine, ...]:
    """Return the saved methods of an account, in the order in which they are tried; those that have ended come last."""
    sequence = (_METHODS.c.ended_at.desc().nulls_first(), _METHODS.c.preferred_at.desc(), _METHODS.c.id.desc())
    query = select(*columns_of(MethodLine, _METHODS)).order_by(*sequence).limit(MOST)
    mine = query.where(_METHODS.c.account == number_of(_METHODS.c.account, account_id))
    return tuple(record_of(MethodLine, _METHODS, row) for row in session.execute(mine))
