"""Sessions of operators: begun with a password and a second factor, seen, proved again, and ended."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from domain.access.act import Act, Actor
from domain.access.operator import LONGEST, SEEN_EVERY, TRIES_WINDOW, is_live, may_try
from domain.access.passkey import Purpose
from store.access.audit_log import add_act
from store.access.operator import (
    Operator,
    add_try,
    count_tries,
    find_operator,
    forget_tries,
    hide_app,
    lock_named,
    remove_try,
    update_operator,
)
from store.access.operator_session import (
    NewSession,
    add_session,
    end_session,
    forget_sessions,
    prove_session,
    see_session,
)
from store.access.read_operators import SignedOperator, find_signed_operator
from store.engine import Session
from store.reading import reading
from workers.access.factor import Proof, hash_password, is_password, use_proof, wants_new_hash
from workers.context import Context

NAME_CHARACTERS = 64
DEVICE_CHARACTERS = 200


class NotSignedInBecause(StrEnum):
    """Why somebody is not signed in; more is not said, so that nobody learns which names there are."""

    WRONG = "wrong"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody signs in: their address, what their browser calls itself, and the provider that has sent them."""

    address: str | None
    device: str | None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gives to sign in, and where they are."""

    name: str
    password: str
    proof: Proof
    address: str | None
    device: str | None


def sign_in_operator(context: Context, given: Given) -> str | NotSignedInBecause:
    """Begin a session, and return what its cookie holds; or why there is none."""
    name, at = given.name.strip().lower()[:NAME_CHARACTERS], context.clock()
    try_id = count_try(context, name, given.address, at=at)
    if try_id is None:
        return NotSignedInBecause.TOO_MANY
    with reading(context.engine) as session:
        operator = find_operator(session, name)
    # Slow on purpose, so no transaction is open meanwhile.
    if not is_password(operator.password_hash if operator else None, given.password) or operator is None:
        return NotSignedInBecause.WRONG
    new_hash = hash_password(given.password) if wants_new_hash(operator.password_hash or "") else None
    token = secrets.token_urlsafe(32)

    def begin(session: Session) -> bool:
        # Before a passkey of theirs, or a code: whoever invites them again holds all operators and removes those.
        present = lock_named(session, name)
        if present is None or not present.is_active or present.password_hash != operator.password_hash:
            return False
        if not use_proof(session, present, given.proof, Purpose.SIGN_IN, at=at):
            return False
        remove_try(session, try_id)
        if new_hash is not None:
            update_operator(session, present.number, password_hash=new_hash)
        begin_operator_session(session, present, token, Place(given.address, given.device), at=at)
        return True

    return token if context.transact(begin) else NotSignedInBecause.WRONG


def begin_operator_session(
    session: Session,
    operator: Operator,
    token: str,
    place: Place,
    *,
    at: datetime,
    proved_at: datetime | None = None,
) -> None:
    """
    Begin a session of somebody who has just proved who they are, with its line in the audit log.

    Args:
        session: the transaction of what signs in.
        operator: who it is; they may sign in.
        token: what the cookie holds.
        place: where they are.
        at: aware UTC.
        proved_at: when a provider of identities has asked for the second factor; None: we did, just now.
    """
    forget_sessions(session, seen_before=at - 2 * LONGEST)
    hide_app(session, operator)
    device = place.device and place.device[:DEVICE_CHARACTERS]
    begun = NewSession(operator.number, hash_of(token), secrets.token_hex(32), place.address, device)
    session_id = add_session(session, begun, at=at, proved_at=proved_at or at)
    actor = Actor(operator.name, operator.role, operator.number, session_id, place.address)
    detail = {"by": place.provider} if place.provider else {}
    add_act(session, Act(actor, "session.begin", f"session:{session_id}", detail=detail), at=at)


def prove(context: Context, signed: SignedOperator, proof: Proof, *, address: str | None) -> str | NotSignedInBecause:
    """Take the second factor of somebody who is signed in, and return what the cookie holds from now on."""
    at, token = context.clock(), secrets.token_urlsafe(32)
    try_id = count_try(context, signed.name, address, at=at)
    if try_id is None:
        return NotSignedInBecause.TOO_MANY

    def work(session: Session) -> bool:
        operator = lock_named(session, signed.name)
        if operator is None or not operator.is_active:
            return False
        if not use_proof(session, operator, proof, Purpose.PROVE, at=at):
            return False
        remove_try(session, try_id)
        return prove_session(session, signed.session_id, hash_of(token), at=at)

    return token if context.transact(work) else NotSignedInBecause.WRONG


def operator_of(context: Context, token: str) -> SignedOperator | None:
    """Return whom a session's cookie signs in; None: nobody, any more."""
    at = context.clock()
    with reading(context.engine) as session:
        signed = find_signed_operator(session, hash_of(token))
    if signed is None or not is_live(signed.created_at, signed.seen_at, at=at):
        return None
    if at - signed.seen_at >= SEEN_EVERY:
        context.transact(lambda session: see_session(session, signed.session_id, at=at))
    return signed


def end_operator_session(context: Context, actor: Actor, number: int, session_id: int) -> bool:
    """End a session of an operator at once; False: they have no such session."""
    at = context.clock()

    def work(session: Session) -> bool:
        is_ended = end_session(session, number, session_id, at=at)
        if is_ended:
            add_act(session, Act(actor, "session.end", f"session:{session_id}"), at=at)
        return is_ended

    return context.transact(work)


def note_act(context: Context, act: Act) -> None:
    """Write an act that changes nothing into the audit log, such as that somebody looked at personal data."""
    context.transact(lambda session: add_act(session, act, at=context.clock()))


def count_try(context: Context, name: str, address: str | None, *, at: datetime) -> int | None:
    """Count a try before it is known how it ends, and return its number; None: there were too many."""

    def work(session: Session) -> int | None:
        forget_tries(session, before=at - TRIES_WINDOW)
        try_id = add_try(session, name, address, at=at)
        of_name, of_address = count_tries(session, name, address, since=at - TRIES_WINDOW)
        # This one is among them already.
        if may_try(tries_of_name=of_name - 1, tries_of_address=of_address - 1):
            return try_id
        remove_try(session, try_id)
        return None

    return context.transact(work)


def hash_of(token: str) -> bytes:
    """Return what is stored of a secret."""
    # It has 256 random bits, so a fast hash is enough.
    return sha256(token.encode()).digest()
