"""Passkeys of buyers: added and removed by themselves, and used to sign in."""

from domain.access.passkey import Fault, Purpose, Site, account_holder
from store.access.passkey import find_open_account, is_open_account, remove_passkey
from store.engine import Session
from workers.access.passkey import Answer, begin_passkey, holder_of_answer, keep_passkey
from workers.access.sessions import begin_session
from workers.context import Context


def session_bound(session_id: int) -> str:
    """Return what the browser of a buyer who is signed in is known by."""
    return f"portal session {session_id}"


def begin_buyer_passkey(
    context: Context, account_id: str, site: Site, *, user_name: str, session_id: int
) -> str | Fault:
    """
    Return what a browser needs to make a passkey for an account, as options of WebAuthn in JSON.

    Args:
        context: what handlers need.
        account_id: Screph's id.
        site: the portal.
        user_name: shown beside it when a device lets somebody choose.
        session_id: of the browser that asks.
    """
    at = context.clock()

    def work(session: Session) -> str | Fault:
        number = find_open_account(session, account_id)
        if number is None:
            return Fault.NONE_OF_OURS
        bound_to = session_bound(session_id)
        return begin_passkey(session, site, account_holder(number), user_name=user_name, bound_to=bound_to, at=at)

    return context.transact(work)


def add_buyer_passkey(context: Context, account_id: str, answer: Answer, name: str) -> int | Fault:
    """Save the passkey that a device has made for an account, and return its number."""
    at = context.clock()

    def work(session: Session) -> int | Fault:
        number = find_open_account(session, account_id)
        if number is None:
            return Fault.NONE_OF_OURS
        return keep_passkey(session, account_holder(number), answer, name=name, at=at)

    return context.transact(work)


def remove_buyer_passkey(context: Context, account_id: str, passkey_id: int) -> bool:
    """Remove a passkey of an account; False: it has no such passkey."""

    def work(session: Session) -> bool:
        number = find_open_account(session, account_id)
        return number is not None and remove_passkey(session, account_holder(number), passkey_id) is not None

    return context.transact(work)


def sign_in_by_passkey(context: Context, answer: Answer, *, device: str | None) -> str | Fault:
    """Begin a session of the account whose passkey has answered, and return what its cookie holds."""
    at = context.clock()

    def enter(session: Session) -> str | Fault:
        holder = holder_of_answer(session, answer, Purpose.SIGN_IN, kind="account", at=at)
        if isinstance(holder, Fault):
            return holder
        if not is_open_account(session, holder.number):
            return Fault.NONE_OF_OURS
        return begin_session(session, holder.number, device=device, at=at)

    return context.transact(enter)
