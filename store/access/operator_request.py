"""Requests for a second person in the store: asked for once, and decided under their lock."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.access.second_person import OperatorRequest, RequestState
from store.numbers import number_of
from store.records import columns_of, record_of, table_of, values_of
from store.tables import OperatorRequestRow

_REQUESTS = table_of(OperatorRequestRow)

_SELECT = select(*columns_of(OperatorRequest, _REQUESTS))


def add_request(session: Session, request: OperatorRequest) -> bool:
    """Write a request; False: the same form of the same operator has done so before."""
    values = {name: value for name, value in values_of(request, _REQUESTS).items() if name not in ("id", "account_id")}
    values["data"] = dict(request.data)
    statement = insert(_REQUESTS).values(values | {"account": number_of(_REQUESTS.c.account, request.account_id)})
    once = statement.on_conflict_do_nothing(constraint="operator_request_once").returning(_REQUESTS.c.id)
    return session.execute(once).one_or_none() is not None


def find_request(session: Session, request_id: int) -> OperatorRequest | None:
    """Return a request."""
    row = session.execute(_SELECT.where(_REQUESTS.c.id == request_id)).one_or_none()
    return None if row is None else record_of(OperatorRequest, _REQUESTS, row)


def lock_request(session: Session, request_id: int) -> OperatorRequest | None:
    """Return a request, locked until the end of the transaction."""
    row = session.execute(_SELECT.where(_REQUESTS.c.id == request_id).with_for_update(of=_REQUESTS)).one_or_none()
    return None if row is None else record_of(OperatorRequest, _REQUESTS, row)


def decide_request(session: Session, request_id: int, state: RequestState, *, by: str, at: datetime) -> None:
    """Write how a locked request was decided."""
    decided = update(_REQUESTS).where(_REQUESTS.c.id == request_id)
    session.execute(decided.values(state=state, decided_by=by, decided_at=at))


def note_outcome(session: Session, request_id: int, outcome: str) -> None:
    """Write why an approved request came to nothing."""
    session.execute(update(_REQUESTS).where(_REQUESTS.c.id == request_id).values(outcome=outcome))
