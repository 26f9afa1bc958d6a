"""
Coming in by an organisation's provider of identities.

Nobody becomes an operator by it: whoever is invited and has joined comes in by the account that they have connected or,
the first time, by the verified mail address that is their name.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from domain.access.act import Act, Actor
from domain.access.oidc import FACTOR_LIFETIME, Identity, IdentityProvider, OidcFault, OidcPurpose
from domain.access.operator import PROOF_LIFETIME
from domain.access.passkey import Purpose
from store.access.audit_log import add_act
from store.access.identity import (
    OidcRequest,
    add_identity,
    add_request,
    has_identity,
    holder_of_identity,
    lock_request,
    operator_of_request,
    take_request,
    use_identity,
)
from store.access.operator import Operator, find_operator, lock_operator, remove_try
from store.engine import Session
from workers.access.factor import Proof, use_proof
from workers.access.oidc import Trusted
from workers.access.operator_sessions import (
    NotSignedInBecause,
    Place,
    begin_operator_session,
    count_try,
    hash_of,
)
from workers.context import Context

BY_MAIL = "mail"
BY_OPERATOR = "operator"
"""How an account at a provider became an operator's."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A session has begun; what its cookie holds."""

    token: str


@dataclass(frozen=True, slots=True)
class FactorWanted:
    """The provider has said who it is, but not that there was a second factor: ours is asked for."""

    name: str
    waiting: str


def enter(
    context: Context, provider: IdentityProvider, trusted: Trusted, place: Place
) -> Entered | FactorWanted | OidcFault:
    """Begin a session of whom the provider has named; or wait for their second factor, where it has asked for none."""
    at, token, identity = context.clock(), secrets.token_urlsafe(32), trusted.identity

    def work(session: Session) -> Entered | FactorWanted | OidcFault:
        operator = _operator_of(session, provider.issuer, identity, place, at=at)
        if isinstance(operator, OidcFault):
            return operator
        if not identity.has_second_factor:
            waiting = OidcRequest(
                hash_of(token),
                OidcPurpose.FACTOR,
                hash_of(token),
                at,
                at + FACTOR_LIFETIME,
                place.address,
                operator=operator.number,
                subject=identity.subject,
            )
            add_request(session, waiting)
            return FactorWanted(operator.name, token)
        _connect_by_mail(session, provider.issuer, identity.subject, operator, place, at=at)
        # The provider need not say when that was; then it counts for signing in, and for nothing that asks again.
        proved_at = identity.authenticated_at or at - PROOF_LIFETIME
        begin_operator_session(session, operator, token, place, at=at, proved_at=proved_at)
        return Entered(token)

    return context.transact(work)


def enter_with_factor(
    context: Context, provider: IdentityProvider, waiting: str, proof: Proof, place: Place
) -> Entered | NotSignedInBecause | OidcFault:
    """Take the second factor of whom the provider has named, and begin their session; a wrong code may be corrected."""
    at, token = context.clock(), secrets.token_urlsafe(32)
    named = context.transact(lambda session: _waiting_operator(session, waiting, at=at))
    if named is None:
        return OidcFault.NOT_ASKED
    try_id = count_try(context, named.name, place.address, at=at)
    if try_id is None:
        return NotSignedInBecause.TOO_MANY

    def work(session: Session) -> Entered | NotSignedInBecause | OidcFault:
        operator = _waiting_operator(session, waiting, at=at)
        if operator is None:
            return OidcFault.NOT_ASKED
        if not use_proof(session, operator, proof, Purpose.SIGN_IN, at=at):
            return NotSignedInBecause.WRONG
        request = take_request(session, hash_of(waiting))
        assert request is not None
        assert request.subject is not None
        holder = holder_of_identity(session, provider.issuer, request.subject)
        if holder not in (None, operator.number):
            return OidcFault.TAKEN
        if holder is None and has_identity(session, operator.number, provider.issuer):
            return OidcFault.OTHER
        remove_try(session, try_id)
        _connect_by_mail(session, provider.issuer, request.subject, operator, place, at=at)
        begin_operator_session(session, operator, token, place, at=at)
        return Entered(token)

    return context.transact(work)


def _operator_of(
    session: Session, issuer: str, identity: Identity, place: Place, *, at: datetime
) -> Operator | OidcFault:
    """Lock and return the operator whom the provider has named; or why nobody comes in."""
    number = holder_of_identity(session, issuer, identity.subject)
    if number is None:
        if identity.email is None:
            return OidcFault.UNVERIFIED if identity.has_unverified_email else OidcFault.UNKNOWN
        named = find_operator(session, identity.email)
        if named is None:
            return OidcFault.UNKNOWN
        number = named.number
    operator = lock_operator(session, number)
    fault = None
    if not operator.is_active:
        fault = OidcFault.INACTIVE
    elif holder_of_identity(session, issuer, identity.subject) is None and has_identity(session, number, issuer):
        # A mail address may be given to somebody else; what the provider calls an account is not.
        fault = OidcFault.OTHER
    if fault is None:
        return operator
    actor = Actor(operator.name, operator.role, operator.number, address=place.address)
    add_act(session, Act(actor, "session.refuse", f"operator:{operator.name}", detail={"because": fault}), at=at)
    return fault


def _connect_by_mail(
    session: Session, issuer: str, subject: str, operator: Operator, place: Place, *, at: datetime
) -> None:
    """Keep from the first time on which account it was, so that the mail address does not count again."""
    if holder_of_identity(session, issuer, subject) is None:
        add_identity(session, operator.number, issuer, subject, connected_by=BY_MAIL, at=at)
        actor = Actor(operator.name, operator.role, operator.number, address=place.address)
        add_act(session, Act(actor, "identity.connect", f"operator:{operator.name}", detail={"by": BY_MAIL}), at=at)
    use_identity(session, issuer, subject, at=at)


def _waiting_operator(session: Session, waiting: str, *, at: datetime) -> Operator | None:
    number = operator_of_request(session, hash_of(waiting))
    if number is None:
        return None
    # Before the request: whoever invites them again holds all operators and then takes away what waits for them.
    operator = lock_operator(session, number)
    request = lock_request(session, hash_of(waiting))
    if request is None or request.purpose is not OidcPurpose.FACTOR or request.expires_at <= at:
        return None
    return operator if operator.is_active else None
