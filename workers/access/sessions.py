"""Signing in: an entry link is made and used, a session begins, is seen and ends."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.access.session import ENTRY_LIFETIME, LONGEST, is_live, is_seen_again
from domain.access.task import safe_path
from store.access.entry import EntryLink, add_entry_link, use_entry_link
from store.access.read import Visitor, find_visitor
from store.access.session import add_session, end_session, forget_sessions, see_session
from store.engine import Session
from store.reading import reading
from workers.context import Context

DEVICE_CHARACTERS = 200
"""How much of what a browser calls itself is kept."""


class NoSuchAccount(LookupError):
    """No message has named the account yet; its first one opens it."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun: what its cookie holds, and the page that its link leads to."""

    token: str
    task: str


def make_entry_link(context: Context, account_id: str, *, task: str, asked_by: str) -> str:
    """
    Return the secret of a new link that signs an account in, once, within a minute.

    Args:
        context: what handlers need.
        account_id: Screph's id.
        task: the path of the page that it leads to.
        asked_by: who asked for it, kept with it.

    Raises:
        NoSuchAccount: it is not known.
    """
    token, at = secrets.token_urlsafe(32), context.clock()
    link = EntryLink(hash_of(token), safe_path(task), asked_by, at, at + ENTRY_LIFETIME)
    if not context.transact(lambda session: add_entry_link(session, account_id, link)):
        raise NoSuchAccount(f"no account {account_id} is known; its first message will open it")
    return token


def sign_in(context: Context, link_token: str, *, device: str | None) -> SignedIn | None:
    """Use an entry link up and begin a session; None: the link is used, over or none of ours."""
    at = context.clock()

    def use(session: Session) -> SignedIn | None:
        used = use_entry_link(session, hash_of(link_token), at=at)
        if used is None:
            return None
        account, task = used
        return SignedIn(begin_session(session, account, device=device, at=at), task)

    return context.transact(use)


def begin_session(session: Session, account: int, *, device: str | None, at: datetime) -> str:
    """
    Begin a session of an account, and return what its cookie holds: never a value that the browser had before.

    Args:
        session: the transaction of what signs in.
        account: the number of the account.
        device: what the browser calls itself.
        at: aware UTC.
    """
    token = secrets.token_urlsafe(32)
    forget_sessions(session, seen_before=at - 2 * LONGEST)
    add_session(session, account, hash_of(token), device=device and device[:DEVICE_CHARACTERS], at=at)
    return token


def visitor_of(context: Context, token: str) -> Visitor | None:
    """Return whom a session's cookie signs in; None: nobody, any more. That it was seen is written once an hour."""
    at = context.clock()
    with reading(context.engine) as session:
        visitor = find_visitor(session, hash_of(token))
    if visitor is None or not is_live(visitor.created_at, visitor.seen_at, at=at):
        return None
    if is_seen_again(visitor.seen_at, at=at):
        context.transact(lambda session: see_session(session, visitor.session_id, at=at))
    return visitor


def sign_out(context: Context, account_id: str, session_id: int) -> bool:
    """End a session of an account at once; False: it has no such session."""
    at = context.clock()
    return context.transact(lambda session: end_session(session, account_id, session_id, at=at))


def hash_of(token: str) -> bytes:
    """Return what is stored of a secret: it has 256 random bits, so a fast hash is enough."""
    return sha256(token.encode()).digest()
