"""Sessions of buyers: begun, seen and ended."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from store.access.entry import View
from store.records import table_of
from store.tables import AccountRow, PortalSessionRow

_SESSIONS = table_of(PortalSessionRow)
_ACCOUNTS = table_of(AccountRow)


def add_session(
    session: Session, account: int, token_hash: bytes, *, device: str | None, at: datetime, view: View | None = None
) -> None:
    """Save a session that begins; with `view` it is an operator's who only looks."""
    values = {"token_hash": token_hash, "account": account, "device": device, "created_at": at, "seen_at": at}
    session.execute(insert(_SESSIONS).values(values | ({} if view is None else asdict(view))))


def see_session(session: Session, session_id: int, *, at: datetime) -> None:
    """Save that a session was seen."""
    session.execute(update(_SESSIONS).where(_SESSIONS.c.id == session_id).values(seen_at=at))


def find_view(session: Session, session_id: int) -> View | None:
    """Return whose session it is who only looks; None: it is its owner's."""
    row = session.execute(
        select(_SESSIONS.c.viewed_by, _SESSIONS.c.operator_session).where(_SESSIONS.c.id == session_id)
    ).one_or_none()
    return None if row is None or row.viewed_by is None else View(row.viewed_by, row.operator_session)


def end_session(session: Session, account_id: str, session_id: int, *, at: datetime) -> bool:
    """End a session of an account; False: it has no such session."""
    account = select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == account_id).scalar_subquery()
    wanted = (_SESSIONS.c.id == session_id, _SESSIONS.c.account == account, _SESSIONS.c.ended_at.is_(None))
    ended = update(_SESSIONS).where(*wanted).values(ended_at=at).returning(_SESSIONS.c.id)
    return session.execute(ended).one_or_none() is not None


def forget_sessions(session: Session, *, seen_before: datetime) -> None:
    """Delete sessions that were last seen before a moment."""
    session.execute(delete(_SESSIONS).where(_SESSIONS.c.seen_at < seen_before))
