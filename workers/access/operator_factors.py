"""By what an operator signs in: passkeys and an authenticator app, added and removed by themselves; one stays."""

from datetime import datetime

from domain.access.act import Act, Actor
from domain.access.passkey import Fault, Site, operator_holder
from store.access.audit_log import add_act
from store.access.operator import Operator, lock_operators, update_operator
from store.access.operator_session import end_all_sessions
from store.access.passkey import credentials_of, remove_passkey
from store.engine import Session
from workers.access.factor import is_totp_secret, totp_step
from workers.access.passkey import Answer, begin_passkey, keep_passkey
from workers.context import Context


class UnableToChangeFactor(ValueError):
    """A factor cannot be added or removed; the text says in a sentence why."""


def session_bound(session_id: int | None) -> str:
    """Return what the browser of an operator who is signed in is known by."""
    return f"operator session {session_id}"


def begin_own_passkey(context: Context, actor: Actor, site: Site) -> str:
    """
    Return what a browser needs to make a passkey for whoever is signed in, as options of WebAuthn in JSON.

    Raises:
        UnableToChangeFactor: there are too many.
    """
    at = context.clock()

    def work(session: Session) -> str | Fault:
        operator = _own(session, actor)
        bound_to = session_bound(actor.session_id)
        holder = operator_holder(operator.number)
        return begin_passkey(session, site, holder, user_name=operator.name, bound_to=bound_to, at=at)

    options = context.transact(work)
    if isinstance(options, Fault):
        raise UnableToChangeFactor("There are as many passkeys as there may be. Remove one first.")
    return options


def add_own_passkey(context: Context, actor: Actor, answer: Answer, name: str) -> None:
    """
    Save the passkey that a device has made for whoever is signed in.

    Raises:
        UnableToChangeFactor: it could not be verified, or the page was too old.
    """
    at = context.clock()

    def work(session: Session) -> int | Fault:
        operator = _own(session, actor)
        kept = keep_passkey(session, operator_holder(operator.number), answer, name=name, at=at)
        if not isinstance(kept, Fault):
            add_act(session, Act(actor, "factor.add", f"passkey:{kept}"), at=at)
        return kept

    kept = context.transact(work)
    if isinstance(kept, Fault):
        raise UnableToChangeFactor(_SENTENCES[kept])


def remove_own_passkey(context: Context, actor: Actor, passkey_id: int) -> None:
    """
    Remove a passkey of whoever is signed in, and end their other sessions.

    Raises:
        UnableToChangeFactor: it is the last factor, or there is no such passkey.
    """
    at = context.clock()

    def work(session: Session) -> None:
        operator = _own(session, actor)
        holder = operator_holder(operator.number)
        if operator.totp_secret is None and len(credentials_of(session, holder)) < 2:
            raise UnableToChangeFactor("It is the only way in that you have. Add another passkey or an app first.")
        if remove_passkey(session, holder, passkey_id) is None:
            raise UnableToChangeFactor("There is no such passkey any more.")
        _finish(session, actor, operator, Act(actor, "factor.remove", f"passkey:{passkey_id}"), at=at)

    context.transact(work)


def remove_own_app(context: Context, actor: Actor) -> None:
    """
    Let codes of an app count no more for whoever is signed in, and end their other sessions.

    Raises:
        UnableToChangeFactor: there is no passkey, so nothing would be left.
    """
    at = context.clock()

    def work(session: Session) -> None:
        operator = _own(session, actor)
        if not credentials_of(session, operator_holder(operator.number)):
            raise UnableToChangeFactor("It is the only way in that you have. Add a passkey first.")
        update_operator(session, operator.number, totp_secret=None, totp_step=None)
        _finish(session, actor, operator, Act(actor, "factor.remove", "app"), at=at)

    context.transact(work)


def set_own_app(context: Context, actor: Actor, secret: str, code: str) -> None:
    """
    Let codes of another app count for whoever is signed in, in place of one that they have, and end other sessions.

    Args:
        context: what handlers need.
        actor: who is signed in.
        secret: that their page has shown; it is theirs alone, so they may choose it.
        code: that the app shows.

    Raises:
        UnableToChangeFactor: the code is not that of the app.
    """
    at = context.clock()
    step = totp_step(secret, code.strip().replace(" ", ""), at=at) if is_totp_secret(secret) else None
    if step is None:
        raise UnableToChangeFactor("This is not the code that the app shows now. Is the telephone's clock right?")

    def work(session: Session) -> None:
        operator = _own(session, actor)
        update_operator(session, operator.number, totp_secret=secret, totp_step=step)
        _finish(session, actor, operator, Act(actor, "factor.add", "app"), at=at)

    context.transact(work)


def _own(session: Session, actor: Actor) -> Operator:
    """Lock and return whoever acts; they are signed in, so they are there."""
    return next(each for each in lock_operators(session) if each.number == actor.operator)


def _finish(session: Session, actor: Actor, operator: Operator, act: Act, *, at: datetime) -> None:
    # Whoever has got in by what is removed is out with it.
    end_all_sessions(session, operator.number, at=at, but=actor.session_id)
    add_act(session, act, at=at)


_SENTENCES = {
    Fault.NONE_OF_OURS: "The page was too old, or was used before. Begin again.",
    Fault.WRONG: "What your device has answered could not be verified. Begin again.",
    Fault.TOO_MANY: "There are as many passkeys as there may be. Remove one first.",
    Fault.KNOWN: "This passkey was added before.",
}
