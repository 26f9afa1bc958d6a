"""Read models of operators: who a session is of, lists of operators and sessions, and the audit log."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from domain.access.role import Role
from store.cursor import read_cursor, write_cursor
from store.records import columns_of, record_of, table_of
from store.tables import AuditLogRow, OperatorRow, OperatorSessionRow, SavedFilterRow

_OPERATORS = table_of(OperatorRow)
_SESSIONS = table_of(OperatorSessionRow)
_LOG = table_of(AuditLogRow)
_FILTERS = table_of(SavedFilterRow)


@dataclass(frozen=True, slots=True)
class SignedOperator:
    """Who a session says that somebody is."""

    session_id: int
    number: int
    name: str
    role: Role
    form_secret: str
    created_at: datetime
    seen_at: datetime
    proved_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that was not ended, and what its operator may do."""

    session_id: int
    role: Role
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class OperatorLine:
    """An operator in a list."""

    number: int
    name: str
    role: Role
    created_by: str
    created_at: datetime
    invite_expires_at: datetime | None
    joined_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class OperatorSessionLine:
    """A browser in which somebody is signed in."""

    id: int
    address: str | None
    device: str | None
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """Filters that an operator has saved for a list, as they stand in its address."""

    id: int
    name: str
    query: str


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A line of the audit log."""

    id: int
    at: datetime
    name: str
    role: str
    session_id: int | None
    address: str | None
    request_id: str | None
    action: str
    object: str | None
    account_id: str | None
    reason: str | None
    detail: dict[str, Any] | None
    source: str | None
    event_id: str | None


@dataclass(frozen=True, slots=True)
class WantedLines:
    """Which lines of the audit log are asked for; what is None does not matter."""

    name: str | None = None
    action: str | None = None
    account_id: str | None = None
    object: str | None = None
    limit: int = 50
    cursor: str | None = None


def find_signed_operator(session: Session, token_hash: bytes) -> SignedOperator | None:
    """Return who a session is of; None: there is none, it was ended, or its operator is disabled."""
    wanted = (
        select(
            _SESSIONS.c.id.label("session_id"),
            _OPERATORS.c.number,
            _OPERATORS.c.name,
            _OPERATORS.c.role,
            _SESSIONS.c.form_secret,
            _SESSIONS.c.created_at,
            _SESSIONS.c.seen_at,
            _SESSIONS.c.proved_at,
        )
        .join_from(_SESSIONS, _OPERATORS, _SESSIONS.c.operator == _OPERATORS.c.number)
        .where(
            _SESSIONS.c.token_hash == token_hash,
            _SESSIONS.c.ended_at.is_(None),
            _OPERATORS.c.disabled_at.is_(None),
            _OPERATORS.c.joined_at.is_not(None),
        )
    )
    row = session.execute(wanted).mappings().one_or_none()
    return None if row is None else SignedOperator(**{**row, "role": Role(row["role"])})


def find_operator_sessions(session: Session, numbers: Collection[int]) -> list[OpenSession]:
    """Return those of some sessions that were not ended, and whose operator is not disabled; for who reads on."""
    wanted = (
        select(_SESSIONS.c.id.label("session_id"), _OPERATORS.c.role, _SESSIONS.c.created_at, _SESSIONS.c.seen_at)
        .join_from(_SESSIONS, _OPERATORS, _SESSIONS.c.operator == _OPERATORS.c.number)
        .where(_SESSIONS.c.id.in_(numbers), _SESSIONS.c.ended_at.is_(None), _OPERATORS.c.disabled_at.is_(None))
    )
    return [OpenSession(**{**row, "role": Role(row["role"])}) for row in session.execute(wanted).mappings()]


def list_operators(session: Session) -> list[OperatorLine]:
    """Return all operators by name, 1 000 at most."""
    wanted = select(*columns_of(OperatorLine, _OPERATORS)).order_by(_OPERATORS.c.name).limit(1_000)
    return [record_of(OperatorLine, _OPERATORS, row) for row in session.execute(wanted)]


def list_operator_sessions(session: Session, number: int, *, seen_since: datetime) -> list[OperatorSessionLine]:
    """Return the sessions of an operator that nobody has ended and that were seen, the newest first; 50 at most."""
    wanted = (
        select(*columns_of(OperatorSessionLine, _SESSIONS))
        .where(_SESSIONS.c.operator == number, _SESSIONS.c.ended_at.is_(None), _SESSIONS.c.seen_at > seen_since)
        .order_by(_SESSIONS.c.id.desc())
        .limit(50)
    )
    return [record_of(OperatorSessionLine, _SESSIONS, row) for row in session.execute(wanted)]


def list_acts(session: Session, wanted: WantedLines) -> tuple[list[AuditLine], str | None]:
    """
    Return a page of the audit log, the newest first, and the cursor of the next one, where there is one.

    Raises:
        WrongCursor: no page of the log has given it.
    """
    query = select(*columns_of(AuditLine, _LOG)).order_by(_LOG.c.id.desc()).limit(wanted.limit + 1)
    for name in ("name", "action", "account_id", "object"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(_LOG.c[name] == value)
    if wanted.cursor is not None:
        query = query.where(_LOG.c.id < int(read_cursor(wanted.cursor, act=int)["act"]))
    lines = [record_of(AuditLine, _LOG, row) for row in session.execute(query)]
    following = write_cursor({"act": lines[wanted.limit - 1].id}) if len(lines) > wanted.limit else None
    return lines[: wanted.limit], following


def was_seen_by(session: Session, session_id: int, account_id: str, *, since: datetime) -> bool:
    """Tell whether a session of an operator has opened an account's page since a moment."""
    wanted = (
        select(_LOG.c.id)
        .where(
            _LOG.c.account_id == account_id,
            _LOG.c.session_id == session_id,
            _LOG.c.action == "account.view",
            _LOG.c.at > since,
        )
        .limit(1)
    )
    return session.execute(wanted).first() is not None


def was_refused(session: Session, session_id: int, object_name: str, *, since: datetime) -> bool:
    """Tell whether it stands in the log that a session of an operator was refused something since a moment."""
    wanted = (
        select(_LOG.c.id)
        .where(
            _LOG.c.object == object_name,
            _LOG.c.session_id == session_id,
            _LOG.c.action == "access.refuse",
            _LOG.c.at > since,
        )
        .limit(1)
    )
    return session.execute(wanted).first() is not None


def list_saved_filters(session: Session, operator: int, path: str) -> list[SavedFilter]:
    """Return the filters that an operator has saved for a list, by their names."""
    wanted = (
        select(*columns_of(SavedFilter, _FILTERS))
        .where(_FILTERS.c.operator == operator, _FILTERS.c.path == path)
        .order_by(_FILTERS.c.name)
    )
    return [record_of(SavedFilter, _FILTERS, row) for row in session.execute(wanted)]
