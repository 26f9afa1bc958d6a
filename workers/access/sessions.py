"""Signing in: an entry link is made and used, a session begins, is seen and ends."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from domain.access.act import Act, Actor
from domain.access.session import ENTRY_LIFETIME, LONGEST, VIEW_LIFETIME, is_live, is_seen_again, is_view_live
from domain.access.task import HOME, safe_path
from store.access.audit_log import add_act
from store.access.entry import EntryLink, UsedLink, View, add_entry_link, use_entry_link
from store.access.read import Visitor, find_visitor
from store.access.session import add_session, end_session, find_view, forget_sessions, see_session
from store.engine import Session
from store.reading import reading
from workers.context import Context

DEVICE_CHARACTERS = 200
"""How much of what a browser calls itself is kept."""


class NoSuchAccount(LookupError):
    """No message has named the account yet; its first one opens it."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun: what its cookie holds, the page that its link leads to, and how long it lasts."""

    token: str
    task: str
    lifetime: timedelta = LONGEST


def make_view_link(context: Context, actor: Actor, account_id: str, *, reason: str) -> str:
    """
    Return the secret of a link by which an operator looks as an account does, once, within a minute.

    Raises:
        NoSuchAccount: it is not known.
    """
    assert actor.session_id is not None, "only who is signed in to the admin pages may look"
    token, at = secrets.token_urlsafe(32), context.clock()
    view = View(actor.name, actor.session_id)
    link = EntryLink(hash_of(token), HOME, f"operator/{actor.name}", at, at + ENTRY_LIFETIME, view)
    until = (at + VIEW_LIFETIME).isoformat(timespec="seconds")
    act = Act(actor, "account.view_as", account_id=account_id, reason=reason, detail={"until": until})

    def make(session: Session) -> bool:
        is_made = add_entry_link(session, account_id, link)
        if is_made:
            add_act(session, act, at=at)
        return is_made

    if not context.transact(make):
        raise NoSuchAccount(f"no account {account_id} is known; its first message will open it")
    return token


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
        if used.view is None:
            return SignedIn(begin_session(session, used.account, device=device, at=at), used.task)
        return SignedIn(_begin_view(session, used, used.view, at=at), used.task, VIEW_LIFETIME)

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
    if visitor.is_read_only:
        # That an operator looks is no use of the account.
        return visitor if is_view_live(visitor.created_at, at=at) else None
    if is_seen_again(visitor.seen_at, at=at):
        context.transact(lambda session: see_session(session, visitor.session_id, at=at))
    return visitor


def sign_out(context: Context, account_id: str, session_id: int) -> bool:
    """End a session of an account at once; False: it has no such session. That of an operator has its line."""
    at = context.clock()

    def end(session: Session) -> bool:
        view = find_view(session, session_id)
        is_ended = end_session(session, account_id, session_id, at=at)
        if is_ended and view is not None:
            actor = Actor(view.viewed_by, "view", session_id=view.operator_session)
            add_act(session, Act(actor, "account.view_as.end", account_id=account_id), at=at)
        return is_ended

    return context.transact(end)


def _begin_view(session: Session, used: UsedLink, view: View, *, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    add_session(session, used.account, hash_of(token), device=None, at=at, view=view)
    actor = Actor(view.viewed_by, "view", session_id=view.operator_session)
    add_act(session, Act(actor, "account.view_as.begin", account_id=used.account_id), at=at)
    return token


def hash_of(token: str) -> bytes:
    """Return what is stored of a secret: it has 256 random bits, so a fast hash is enough."""
    return sha256(token.encode()).digest()
