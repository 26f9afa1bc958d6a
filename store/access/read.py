"""Read models of access: a token as a request brings it, and lists of tokens. Nothing here writes or locks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlmodel import Session

from domain.access.scope import Scope, TokenKind
from store.cursor import read_cursor, write_cursor
from store.numbers import number_of
from store.records import columns_of, record_of, table_of
from store.tables import AccountRow, OperatorRow, OperatorSessionRow, PortalSessionRow, TokenRow

_OPERATORS, _OPERATOR_SESSIONS = table_of(OperatorRow), table_of(OperatorSessionRow)
_TOKENS = table_of(TokenRow)
_ACCOUNTS = table_of(AccountRow)
_SESSIONS = table_of(PortalSessionRow)


class UnknownToken(LookupError):
    """There is no such token, or it has ended; the text says how to find those that exist."""


@dataclass(frozen=True, slots=True)
class BearerToken:
    """
    A token that a request brought: whose it is, what it allows, and whether it still works.

    It belongs to an account, or to the server with a `name`. A widget's is for pages of one `origin`.
    """

    number: int
    kind: TokenKind
    scopes: frozenset[Scope]
    account_id: str | None
    name: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    closed_at: datetime | None
    origin: str | None = None

    def is_live(self, now: datetime) -> bool:
        """Tell whether it works at one moment."""
        has_ended = self.expires_at is not None and self.expires_at <= now
        return not has_ended and self.revoked_at is None and self.closed_at is None


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token in a list."""

    number: int
    kind: TokenKind
    last_four: str
    account_id: str | None
    name: str | None
    scopes: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenList:
    """A page of tokens, the newest first; `next_cursor` leads to the next page, where there is one."""

    lines: tuple[TokenLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a session says that somebody is, and what their pages need to know of them."""

    session_id: int
    account_id: str
    username: str | None
    email: str | None
    locale: str | None
    time_zone: str | None
    currency: str | None
    is_blocked: bool
    created_at: datetime
    seen_at: datetime
    viewed_by: str | None = None

    @property
    def is_read_only(self) -> bool:
        """Tell whether an operator only looks."""
        return self.viewed_by is not None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One browser that is signed in, for its owner's list."""

    id: int
    device: str | None
    created_at: datetime
    seen_at: datetime


def find_token(session: Session, sha256: bytes) -> BearerToken | None:
    """Return the token with a hash, whether it works or not; None if there is none."""
    row = session.execute(_BEARER, {"of_sha256": sha256}).one_or_none()
    if row is None:
        return None
    return BearerToken(
        number=row.number,
        kind=TokenKind(row.kind),
        scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
        account_id=row.account_id,
        name=row.name,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        closed_at=row.closed_at,
        origin=row.origin,
    )


def list_tokens(
    session: Session, *, account_id: str | None = None, limit: int = 50, cursor: str | None = None
) -> TokenList:
    """
    Return a page of tokens, the newest first.

    Args:
        session: any.
        account_id: only of this account.
        limit: so many at most, > 0.
        cursor: of the page before; the first page without.

    Raises:
        WrongCursor: no page of tokens has given it.
    """
    query = select(*columns_of(TokenLine, _TOKENS)).order_by(_TOKENS.c.number.desc()).limit(limit + 1)
    if account_id is not None:
        query = query.where(_TOKENS.c.account == number_of(_TOKENS.c.account, account_id))
    if cursor is not None:
        query = query.where(_TOKENS.c.number < int(read_cursor(cursor, token=int)["token"]))
    lines = [record_of(TokenLine, _TOKENS, row) for row in session.execute(query)]
    following = write_cursor({"token": lines[limit - 1].number}) if len(lines) > limit else None
    return TokenList(tuple(lines[:limit]), following)


def find_visitor(session: Session, token_hash: bytes) -> Visitor | None:
    """Return who a session is of; None: there is none, it was ended, or its account is closed."""
    wanted = (
        select(
            _SESSIONS.c.id.label("session_id"),
            _ACCOUNTS.c.id.label("account_id"),
            _ACCOUNTS.c.username,
            _ACCOUNTS.c.email,
            _ACCOUNTS.c.locale,
            _ACCOUNTS.c.time_zone,
            _ACCOUNTS.c.currency,
            _ACCOUNTS.c.blocked_at.is_not(None).label("is_blocked"),
            _SESSIONS.c.created_at,
            _SESSIONS.c.seen_at,
            _SESSIONS.c.viewed_by,
        )
        .join_from(_SESSIONS, _ACCOUNTS, _SESSIONS.c.account == _ACCOUNTS.c.number)
        .where(_SESSIONS.c.token_hash == token_hash, _SESSIONS.c.ended_at.is_(None), _ACCOUNTS.c.closed_at.is_(None))
        .where(or_(_SESSIONS.c.operator_session.is_(None), _HAS_OPERATOR))
    )
    row = session.execute(wanted).mappings().one_or_none()
    return None if row is None else Visitor(**row)


def list_sessions(session: Session, account_id: str, *, seen_since: datetime) -> list[SessionLine]:
    """Return the sessions of an account that nobody has ended and that were seen, the newest first; 50 at most."""
    wanted = (
        select(_SESSIONS.c.id, _SESSIONS.c.device, _SESSIONS.c.created_at, _SESSIONS.c.seen_at)
        .join_from(_SESSIONS, _ACCOUNTS, _SESSIONS.c.account == _ACCOUNTS.c.number)
        .where(_ACCOUNTS.c.id == account_id, _SESSIONS.c.ended_at.is_(None), _SESSIONS.c.seen_at > seen_since)
        .where(_SESSIONS.c.viewed_by.is_(None))
        .order_by(_SESSIONS.c.id.desc())
        .limit(50)
    )
    return [SessionLine(**row) for row in session.execute(wanted).mappings()]


_HAS_OPERATOR = (
    select(_OPERATOR_SESSIONS.c.id)
    .join_from(_OPERATOR_SESSIONS, _OPERATORS, _OPERATORS.c.number == _OPERATOR_SESSIONS.c.operator)
    .where(_OPERATOR_SESSIONS.c.id == _SESSIONS.c.operator_session, _OPERATOR_SESSIONS.c.ended_at.is_(None))
    .where(_OPERATORS.c.disabled_at.is_(None))
    .exists()
)
"""Whoever looks is still signed in to the admin pages."""

_BEARER = (
    select(
        _TOKENS.c.number,
        _TOKENS.c.kind,
        _TOKENS.c.scopes,
        _ACCOUNTS.c.id.label("account_id"),
        _TOKENS.c.name,
        _TOKENS.c.origin,
        _TOKENS.c.expires_at,
        _TOKENS.c.revoked_at,
        _TOKENS.c.last_used_at,
        _ACCOUNTS.c.closed_at,
    )
    .select_from(_TOKENS.outerjoin(_ACCOUNTS, _ACCOUNTS.c.number == _TOKENS.c.account))
    .where(_TOKENS.c.sha256 == bindparam("of_sha256"))
)
