"""Sessions of operators: begun, seen, proved and ended."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from store.records import table_of
from store.tables import OperatorSessionRow

_SESSIONS = table_of(OperatorSessionRow)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that begins: whose it is, the hash of its cookie, the secret of its forms, and from where."""

    operator: int
    token_hash: bytes
    form_secret: str
    address: str | None
    device: str | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a session is, and when it began and was last seen."""

    operator: int
    created_at: datetime
    seen_at: datetime


def add_session(session: Session, begun: NewSession, *, at: datetime, proved_at: datetime) -> int:
    """Save a session that begins, with when the second factor was given, and return its number."""
    values = asdict(begun) | {"created_at": at, "seen_at": at, "proved_at": proved_at}
    return int(session.execute(insert(_SESSIONS).values(values).returning(_SESSIONS.c.id)).scalar_one())


def see_session(session: Session, session_id: int, *, at: datetime) -> None:
    """Save that a session was seen."""
    session.execute(update(_SESSIONS).where(_SESSIONS.c.id == session_id).values(seen_at=at))


def holder_of(session: Session, session_id: int) -> Holder | None:
    """Return whose a session is; None: somebody has ended it."""
    wanted = select(_SESSIONS.c.operator, _SESSIONS.c.created_at, _SESSIONS.c.seen_at)
    row = session.execute(wanted.where(_SESSIONS.c.id == session_id, _SESSIONS.c.ended_at.is_(None))).one_or_none()
    return None if row is None else Holder(row.operator, row.created_at, row.seen_at)


def lock_session(session: Session, session_id: int) -> bool:
    """Lock a session, whose operator is locked already; False: somebody has ended it."""
    wanted = select(_SESSIONS.c.id).where(_SESSIONS.c.id == session_id, _SESSIONS.c.ended_at.is_(None))
    return session.execute(wanted.with_for_update()).one_or_none() is not None


def prove_session(
    session: Session, session_id: int, token_hash: bytes, *, at: datetime, proved_at: datetime | None = None
) -> bool:
    """
    Save that the second factor was given, and the cookie from now on; False: the session has ended.

    Args:
        session: a transaction.
        session_id: its number.
        token_hash: the SHA-256 of the cookie.
        at: aware UTC.
        proved_at: when it was given, if it was elsewhere and before; None: now.
    """
    wanted = (_SESSIONS.c.id == session_id, _SESSIONS.c.ended_at.is_(None))
    proved = update(_SESSIONS).where(*wanted).values(token_hash=token_hash, proved_at=proved_at or at, seen_at=at)
    return session.execute(proved.returning(_SESSIONS.c.id)).one_or_none() is not None


def end_session(session: Session, operator: int, session_id: int, *, at: datetime) -> bool:
    """End a session of an operator; False: they have no such session."""
    wanted = (_SESSIONS.c.id == session_id, _SESSIONS.c.operator == operator, _SESSIONS.c.ended_at.is_(None))
    ended = update(_SESSIONS).where(*wanted).values(ended_at=at).returning(_SESSIONS.c.id)
    return session.execute(ended).one_or_none() is not None


def end_all_sessions(session: Session, operator: int, *, at: datetime, but: int | None = None) -> None:
    """End every session of an operator, `but` one, if it is named."""
    wanted = [_SESSIONS.c.operator == operator, _SESSIONS.c.ended_at.is_(None)]
    if but is not None:
        wanted.append(_SESSIONS.c.id != but)
    session.execute(update(_SESSIONS).where(*wanted).values(ended_at=at))


def forget_sessions(session: Session, *, seen_before: datetime) -> None:
    """Delete sessions that were last seen before a moment."""
    session.execute(delete(_SESSIONS).where(_SESSIONS.c.seen_at < seen_before))
