"""Operators: invited, joined, given another role and disabled; each change with its line in the audit log."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.access.act import Act, Actor
from domain.access.operator import INVITE_LIFETIME, UnableToChangeOperator, check_name
from domain.access.passkey import Fault, Site, operator_holder
from domain.access.role import Role
from store.access.audit_log import add_act
from store.access.identity import remove_all_identities
from store.access.operator import (
    NewOperator,
    Operator,
    add_operator,
    lock_invited,
    lock_operators,
    replace_recovery_codes,
    update_operator,
    use_totp_step,
)
from store.access.operator_session import end_all_sessions
from store.access.passkey import remove_all_passkeys
from store.engine import Session
from workers.access.factor import (
    Proof,
    hash_code,
    hash_password,
    new_recovery_codes,
    new_totp_secret,
    totp_address,
    totp_step,
    weakness_of,
)
from workers.access.passkey import begin_passkey, keep_passkey
from workers.context import Context


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open invitation: whose it is, and the secret for their authenticator app, as text and as apps read it."""

    name: str
    role: Role
    totp_secret: str
    totp_address: str


@dataclass(frozen=True, slots=True)
class Joined:
    """An operator who has joined, with recovery codes that are shown this once."""

    name: str
    recovery_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotJoined:
    """Why an invitation was not taken, in a sentence, and the field that it is about."""

    field: str
    reason: str


def invite_operator(context: Context, actor: Actor, name: str, role: Role) -> str:
    """
    Invite somebody, and return the secret of the one link by which they can join.

    Raises:
        UnableToChangeOperator: the name is none, or somebody has it.
    """
    name, token, at = check_name(name), secrets.token_urlsafe(32), context.clock()

    def work(session: Session) -> None:
        if any(each.name == name for each in lock_operators(session)):
            raise UnableToChangeOperator(f"there is an operator {name} already; invite them again, or use another name")
        invited = NewOperator(
            name, role, _hash(token), at + INVITE_LIFETIME, new_totp_secret(), created_by=actor.name, created_at=at
        )
        add_operator(session, invited)
        add_act(session, Act(actor, "operator.invite", f"operator:{name}", detail={"role": role}), at=at)

    context.transact(work)
    return token


def invite_again(context: Context, actor: Actor, name: str) -> str:
    """
    Invite an operator again, and return the secret of the new link; no factor of before counts any more.

    Raises:
        UnableToChangeOperator: there is nobody of this name, or nobody else would be an owner meanwhile.
    """
    token, at = secrets.token_urlsafe(32), context.clock()

    def work(session: Session) -> None:
        operator = _changed(session, name, still_owner=False)
        update_operator(
            session,
            operator.number,
            invite_hash=_hash(token),
            invite_expires_at=at + INVITE_LIFETIME,
            password_hash=None,
            joined_at=None,
            disabled_at=None,
            totp_secret=new_totp_secret(),
            totp_step=None,
        )
        remove_all_passkeys(session, operator_holder(operator.number))
        remove_all_identities(session, operator.number)
        end_all_sessions(session, operator.number, at=at)
        add_act(session, Act(actor, "operator.invite_again", f"operator:{operator.name}"), at=at)

    context.transact(work)
    return token


def change_role(context: Context, actor: Actor, name: str, role: Role) -> None:
    """
    Give an operator another role; they have to sign in again.

    Raises:
        UnableToChangeOperator: there is nobody of this name, or nobody else would be an owner.
    """
    at = context.clock()

    def work(session: Session) -> None:
        operator = _changed(session, name, still_owner=role is Role.OWNER)
        update_operator(session, operator.number, role=role)
        end_all_sessions(session, operator.number, at=at)
        detail = {"before": operator.role, "after": role}
        add_act(session, Act(actor, "operator.role", f"operator:{operator.name}", detail=detail), at=at)

    context.transact(work)


def disable_operator(context: Context, actor: Actor, name: str) -> None:
    """
    Let an operator in no more, at once.

    Raises:
        UnableToChangeOperator: there is nobody of this name, or nobody else would be an owner.
    """
    at = context.clock()

    def work(session: Session) -> None:
        operator = _changed(session, name, still_owner=False)
        update_operator(session, operator.number, disabled_at=at, invite_hash=None, invite_expires_at=None)
        end_all_sessions(session, operator.number, at=at)
        add_act(session, Act(actor, "operator.disable", f"operator:{operator.name}"), at=at)

    context.transact(work)


def invitation_of(context: Context, token: str) -> Invitation | None:
    """Return an invitation that is open; None: it is used, over or none of ours."""
    operator = context.transact(lambda session: lock_invited(session, _hash(token)))
    if operator is None or not _is_open(context, operator) or operator.totp_secret is None:
        return None
    address = totp_address(operator.totp_secret, operator.name)
    return Invitation(operator.name, operator.role, operator.totp_secret, address)


def begin_to_join(context: Context, token: str, site: Site) -> str | None:
    """Return what a browser needs to make the first passkey of somebody who is invited; None: nobody is."""
    at = context.clock()

    def work(session: Session) -> str | None:
        operator = lock_invited(session, _hash(token))
        if operator is None or not _is_open(context, operator):
            return None
        holder, bound_to = operator_holder(operator.number), invitation_bound(token)
        options = begin_passkey(session, site, holder, user_name=operator.name, bound_to=bound_to, at=at)
        return None if isinstance(options, Fault) else options

    return context.transact(work)


def invitation_bound(token: str) -> str:
    """Return what the browser of somebody who joins is known by."""
    return f"invitation {token}"


def join(
    context: Context, token: str, *, password: str, proof: Proof, address: str | None
) -> Joined | NotJoined | None:
    """
    Take an invitation up, with a password and either a first code of the app or a passkey that was made for it.

    Returns:
        Whoever has joined; why not, where another password or code would do; None: the invitation is used or over.
    """
    at = context.clock()

    def work(session: Session) -> Joined | NotJoined | None:
        operator = lock_invited(session, _hash(token))
        if operator is None or not _is_open(context, operator):
            return None
        if (weakness := weakness_of(password, operator.name)) is not None:
            return NotJoined("password", weakness)
        if (fault := _keep_first_factor(session, operator, proof, at=at)) is not None:
            return fault
        codes = new_recovery_codes()
        update_operator(
            session,
            operator.number,
            invite_hash=None,
            invite_expires_at=None,
            password_hash=hash_password(password),
            joined_at=at,
        )
        replace_recovery_codes(session, operator.number, map(hash_code, codes))
        actor = Actor(operator.name, operator.role, operator.number, address=address)
        add_act(session, Act(actor, "operator.join", f"operator:{operator.name}"), at=at)
        return Joined(operator.name, codes)

    return context.transact(work)


def _keep_first_factor(session: Session, operator: Operator, proof: Proof, *, at: datetime) -> NotJoined | None:
    if proof.answer is not None:
        kept = keep_passkey(session, operator_holder(operator.number), proof.answer, name="First passkey", at=at)
        if isinstance(kept, Fault):
            return NotJoined("passkey", "The passkey could not be verified. Try again, or use an app.")
        update_operator(session, operator.number, totp_secret=None)
        return None
    code, secret = proof.code.strip().replace(" ", ""), operator.totp_secret
    step = None if secret is None else totp_step(secret, code, at=at)
    if step is None:
        return NotJoined("code", "This is not the code that the app shows now. Is the telephone's clock right?")
    use_totp_step(session, operator.number, step)
    return None


def _changed(session: Session, name: str, *, still_owner: bool) -> Operator:
    """Return an operator who is about to be changed, all of them locked; somebody stays an owner."""
    operators = lock_operators(session)
    operator = next((each for each in operators if each.name == name.strip().lower()), None)
    if operator is None:
        raise UnableToChangeOperator(f"there is no operator {name}; `billing operators list` shows them")
    owners = {each.number for each in operators if each.is_active and each.role is Role.OWNER}
    if owners == {operator.number} and not still_owner:
        raise UnableToChangeOperator(
            f"{operator.name} is the last owner; make somebody else an owner first, who has to have joined"
        )
    return operator


def _is_open(context: Context, operator: Operator) -> bool:
    return operator.invite_expires_at is not None and context.clock() < operator.invite_expires_at


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
