"""Tokens are made, ended and noted as used here alone."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.access.scope import Scope, TokenKind
from domain.access.token import (
    ALPHABET,
    SECRET_LETTERS,
    NewToken,
    UnableToIssue,
    allowed_scopes,
    check_name,
    compose_token,
    hash_token,
)
from store.access import token as tokens
from store.access.read import UnknownToken
from store.engine import Session
from workers.context import Context

NOTED_EVERY = timedelta(hours=1)
"""How often it is written that a token is in use; each request would be a write otherwise."""


WIDGETS_KEPT_FOR = timedelta(days=1)
"""For how long it can be seen that a widget had a token."""


@dataclass(frozen=True, slots=True)
class WantedToken:
    """
    A token that is asked for.

    `owner` is Screph's id of an account or, for a server, its name. Without `scopes` it has all that its kind may have;
    without `lifetime` it never ends by itself. `origin` is that of the page that a widget is on.
    """

    kind: TokenKind
    owner: str
    scopes: tuple[Scope, ...] = ()
    lifetime: timedelta | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token that was made: its number, and its text, which is stored nowhere."""

    number: int
    text: str


def create_token(context: Context, wanted: WantedToken) -> IssuedToken:
    """
    Make a token.

    Raises:
        UnableToIssue: nobody knows the account, the name is no name, or the kind may not have a scope.
        Unavailable: the store is away; nothing was made.
    """
    scopes = allowed_scopes(wanted.kind, wanted.scopes)
    name = check_name(wanted.owner) if wanted.kind is TokenKind.SERVER else None
    now = context.clock()
    expires_at = None if wanted.lifetime is None else now + wanted.lifetime

    def work(session: Session) -> IssuedToken:
        account = None if name is not None else _account(session, wanted.owner)
        if wanted.kind is TokenKind.WIDGET and account is not None:
            tokens.forget_widget_tokens(session, account, ended_before=now - WIDGETS_KEPT_FOR)
        return _issue(
            session, NewToken(wanted.kind, b"", "", scopes, now, expires_at, account, name, origin=wanted.origin)
        )

    return context.transact(work)


def rotate_token(context: Context, number: int, *, overlap: timedelta) -> IssuedToken:
    """
    Make a second token with the owner and the scopes of one that still works, and let that one end later.

    Args:
        context: its clock says when that is.
        number: of the first token.
        overlap: how long both work.

    Raises:
        UnknownToken: there is none of this number, or it has ended.
    """
    now = context.clock()

    def work(session: Session) -> IssuedToken:
        first = tokens.lock_token(session, number, now=now)
        if first is None:
            raise UnknownToken(f"there is no token {number} that works; `billing tokens list` shows them")
        lifetime = None if first.expires_at is None else first.expires_at - first.created_at
        expires_at = None if lifetime is None else now + lifetime
        tokens.end_token(session, number, at=now + overlap)
        return _issue(session, replace(first, created_at=now, expires_at=expires_at))

    return context.transact(work)


def revoke_token(context: Context, number: int, *, of_account: str | None = None) -> None:
    """
    End a token now; revoked again it stays as it is.

    Args:
        context: its clock says when that is.
        number: of the token.
        of_account: only if it belongs to this account.

    Raises:
        UnknownToken: there is none of this number, or it is somebody else's.
    """
    at = context.clock()

    def revoke(session: Session) -> None:
        # Within the transaction: an audit log that says so would tell of what nobody did.
        if not tokens.revoke_token(session, number, at=at, of_account=of_account):
            raise UnknownToken(f"there is no token {number}; `billing tokens list` shows them")

    context.transact(revoke)


def note_use(context: Context, number: int) -> None:
    """
    Note that a token is in use, once an hour at the most.

    Raises:
        Unavailable: the store takes no writes.
    """
    now = context.clock()
    context.transact(lambda session: tokens.note_use(session, number, at=now, unless_after=now - NOTED_EVERY))


def _account(session: Session, account_id: str) -> int:
    account = tokens.find_owner(session, account_id)
    if account is None:
        raise UnableToIssue(f"no account {account_id} is known; its first message will open it")
    return account


def _issue(session: Session, token: NewToken) -> IssuedToken:
    text = compose_token(token.kind, "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LETTERS)))
    complete = replace(token, sha256=hash_token(text), last_four=text[-4:])
    return IssuedToken(tokens.save_token(session, complete), text)
