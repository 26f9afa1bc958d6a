"""An operator's own account at a provider of identities: connected, let go of, and used to prove who they are."""

import secrets
from datetime import datetime

from domain.access.act import Act, Actor
from domain.access.oidc import IdentityProvider, OidcFault, OidcPurpose
from domain.access.operator import is_live
from store.access.audit_log import add_act
from store.access.identity import add_identity, has_identity, holder_of_identity, remove_identity, use_identity
from store.access.operator import Operator, lock_operator
from store.access.operator_session import end_all_sessions, holder_of, lock_session, prove_session
from store.engine import Session
from workers.access.oidc import Trusted
from workers.access.oidc_entry import BY_OPERATOR, Entered
from workers.access.operator_sessions import Place, hash_of
from workers.context import Context


def prove_by_provider(
    context: Context, provider: IdentityProvider, trusted: Trusted, place: Place
) -> Entered | OidcFault:
    """
    Let a session count as proved, by whoever has just signed in at the provider again, with a second factor.

    Returns:
        What the cookie holds from now on; or why nothing was proved.
    """
    at, token, identity = context.clock(), secrets.token_urlsafe(32), trusted.identity

    def work(session: Session) -> Entered | OidcFault:
        operator = _signed_in(session, trusted, at=at)
        if operator is None:
            return OidcFault.SIGNED_OUT
        if holder_of_identity(session, provider.issuer, identity.subject) != operator.number:
            return OidcFault.OTHER
        if not identity.has_second_factor:
            return OidcFault.NO_SECOND_FACTOR
        session_id = _session_of(trusted)
        use_identity(session, provider.issuer, identity.subject, at=at)
        prove_session(session, session_id, hash_of(token), at=at, proved_at=identity.authenticated_at)
        act = Act(
            _actor(operator, trusted, place), "session.prove", f"session:{session_id}", detail={"by": place.provider}
        )
        add_act(session, act, at=at)
        return Entered(token)

    return context.transact(work)


def connect_identity(context: Context, provider: IdentityProvider, trusted: Trusted, place: Place) -> OidcFault | None:
    """Let an account at the provider, which was just shown, count for whoever is signed in; or say why it does not."""
    at, subject = context.clock(), trusted.identity.subject

    def work(session: Session) -> OidcFault | None:
        operator = _signed_in(session, trusted, at=at)
        if operator is None:
            return OidcFault.SIGNED_OUT
        holder = holder_of_identity(session, provider.issuer, subject)
        if holder == operator.number:
            return None
        if holder is not None:
            return OidcFault.TAKEN
        if has_identity(session, operator.number, provider.issuer):
            return OidcFault.OTHER
        add_identity(session, operator.number, provider.issuer, subject, connected_by=BY_OPERATOR, at=at)
        act = Act(
            _actor(operator, trusted, place),
            "identity.connect",
            f"operator:{operator.name}",
            detail={"by": BY_OPERATOR},
        )
        add_act(session, act, at=at)
        return None

    return context.transact(work)


def remove_own_identity(context: Context, provider: IdentityProvider, actor: Actor) -> bool:
    """Let the account of whoever is signed in count no more, and end their other sessions; False: there is none."""
    at = context.clock()

    def work(session: Session) -> bool:
        assert actor.operator is not None
        lock_operator(session, actor.operator)
        is_removed = remove_identity(session, actor.operator, provider.issuer)
        if is_removed:
            # Whoever has got in by it is out with it.
            end_all_sessions(session, actor.operator, at=at, but=actor.session_id)
            add_act(session, Act(actor, "identity.remove", f"operator:{actor.name}"), at=at)
        return is_removed

    return context.transact(work)


def _signed_in(session: Session, trusted: Trusted, *, at: datetime) -> Operator | None:
    """Return whose session has asked; None: it is over."""
    assert trusted.request.purpose in (OidcPurpose.PROVE, OidcPurpose.CONNECT)
    session_id = _session_of(trusted)
    holder = holder_of(session, session_id)
    if holder is None or not is_live(holder.created_at, holder.seen_at, at=at):
        return None
    # Before the session: whoever lets them in no more holds all operators and then ends their sessions.
    operator = lock_operator(session, holder.operator)
    return operator if operator.is_active and lock_session(session, session_id) else None


def _session_of(trusted: Trusted) -> int:
    assert trusted.request.operator_session is not None
    return trusted.request.operator_session


def _actor(operator: Operator, trusted: Trusted, place: Place) -> Actor:
    return Actor(operator.name, operator.role, operator.number, _session_of(trusted), place.address)
