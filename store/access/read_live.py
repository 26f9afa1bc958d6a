"""Read model of open streams: which tokens and sessions have ended since they were opened."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session

from store.records import table_of
from store.tables import AccountRow, PortalSessionRow, TokenRow

_TOKENS = table_of(TokenRow)
_ACCOUNTS = table_of(AccountRow)
_SESSIONS = table_of(PortalSessionRow)


def ended_tokens(session: Session, numbers: Collection[int], *, now: datetime) -> set[int]:
    """Return those tokens that were revoked, are over, or belong to an account that is closed."""
    over = or_(_TOKENS.c.revoked_at.is_not(None), _TOKENS.c.expires_at <= now, _ACCOUNTS.c.closed_at.is_not(None))
    found = (
        select(_TOKENS.c.number)
        .select_from(_TOKENS.outerjoin(_ACCOUNTS, _ACCOUNTS.c.number == _TOKENS.c.account))
        .where(_TOKENS.c.number.in_(numbers), over)
    )
    return set(session.scalars(found))


def ended_sessions(session: Session, ids: Collection[int]) -> set[int]:
    """Return those sessions of the portal that somebody has ended, or whose account is closed."""
    over = or_(_SESSIONS.c.ended_at.is_not(None), _ACCOUNTS.c.closed_at.is_not(None))
    found = (
        select(_SESSIONS.c.id)
        .join_from(_SESSIONS, _ACCOUNTS, _SESSIONS.c.account == _ACCOUNTS.c.number)
        .where(_SESSIONS.c.id.in_(ids), over)
    )
    return set(session.scalars(found))
