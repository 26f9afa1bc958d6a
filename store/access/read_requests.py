"""Read model: what waits for a second person, and what was decided lately."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from domain.access.second_person import WAITS_FOR, OperatorRequest, RequestState
from store.records import columns_of, record_of, table_of
from store.tables import OperatorRequestRow

_REQUESTS = table_of(OperatorRequestRow)

WAITING, RECENT = 200, 30
"""So many are shown."""

_SELECT = select(*columns_of(OperatorRequest, _REQUESTS))


def waiting_requests(session: Session, *, at: datetime) -> list[OperatorRequest]:
    """Return what can still be approved, what has waited longest first."""
    waiting = _SELECT.where(_REQUESTS.c.state == RequestState.WAITING, _REQUESTS.c.asked_at > at - WAITS_FOR)
    return _records(session, waiting.order_by(_REQUESTS.c.asked_at, _REQUESTS.c.id).limit(WAITING))


def recent_requests(session: Session) -> list[OperatorRequest]:
    """Return the last requests, whatever became of them, the newest first."""
    return _records(session, _SELECT.order_by(_REQUESTS.c.id.desc()).limit(RECENT))


def _records(session: Session, statement) -> list[OperatorRequest]:  # type: ignore[no-untyped-def]
    return [record_of(OperatorRequest, _REQUESTS, row) for row in session.execute(statement)]
