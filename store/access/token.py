"""Tokens in the store: added, ended, and noted as used."""

from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlmodel import Session

from domain.access.scope import Scope, TokenKind
from domain.access.token import NewToken
from store.numbers import number_of
from store.records import table_of
from store.tables import AccountRow, TokenRow

_TOKENS = table_of(TokenRow)
_ACCOUNTS = table_of(AccountRow)


def save_token(session: Session, token: NewToken) -> int:
    """Add a token, and return its number."""
    values = {name: getattr(token, name) for name in token.__slots__} | {"scopes": " ".join(token.scopes)}
    number: int = session.execute(insert(_TOKENS).values(values).returning(_TOKENS.c.number)).scalar_one()
    return number


def find_owner(session: Session, account_id: str) -> int | None:
    """Return the number of an account, None if no message has ever named it."""
    return session.execute(select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == account_id)).scalar_one_or_none()


def lock_token(session: Session, number: int, *, now: datetime) -> NewToken | None:
    """Return a token that has not ended, locked until the end of the transaction."""
    is_live = or_(_TOKENS.c.expires_at.is_(None), _TOKENS.c.expires_at > now)
    this = select(_TOKENS).where(_TOKENS.c.number == number, _TOKENS.c.revoked_at.is_(None), is_live)
    row = session.execute(this.with_for_update()).one_or_none()
    if row is None:
        return None
    return NewToken(
        kind=TokenKind(row.kind),
        sha256=row.sha256,
        last_four=row.last_four,
        scopes=tuple(Scope(scope) for scope in row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        account=row.account,
        name=row.name,
        origin=row.origin,
    )


def forget_widget_tokens(session: Session, account: int, *, ended_before: datetime) -> None:
    """Delete the widgets' tokens of an account that ended long ago: there is one for each quarter of an hour."""
    session.execute(
        delete(_TOKENS).where(
            _TOKENS.c.account == account, _TOKENS.c.kind == TokenKind.WIDGET, _TOKENS.c.expires_at < ended_before
        )
    )


def end_token(session: Session, number: int, *, at: datetime) -> None:
    """Let a token end at a moment to come, unless it ends before."""
    ends_at = func.least(func.coalesce(_TOKENS.c.expires_at, at), at)
    session.execute(update(_TOKENS).where(_TOKENS.c.number == number).values(expires_at=ends_at))


def revoke_token(session: Session, number: int, *, at: datetime, of_account: str | None = None) -> bool:
    """
    Revoke a token; one that was revoked before stays as it was.

    Returns:
        False when there is none of this number, or it is of another account than the one that is named.
    """
    this = update(_TOKENS).where(_TOKENS.c.number == number)
    if of_account is not None:
        this = this.where(_TOKENS.c.account == number_of(_TOKENS.c.account, of_account))
    revoked_at = func.coalesce(_TOKENS.c.revoked_at, at)
    return session.execute(this.values(revoked_at=revoked_at).returning(_TOKENS.c.number)).one_or_none() is not None


def note_use(session: Session, number: int, *, at: datetime, unless_after: datetime) -> None:
    """Note that a token was used, unless that was noted after a moment."""
    is_due = or_(_TOKENS.c.last_used_at.is_(None), _TOKENS.c.last_used_at <= unless_after)
    session.execute(update(_TOKENS).where(_TOKENS.c.number == number, is_due).values(last_used_at=at))
