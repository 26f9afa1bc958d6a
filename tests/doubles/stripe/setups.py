"""Saving methods without a payment: checkouts in the mode `setup`, their setup intents, and detaching."""

from typing import Any

from tests.doubles.stripe import objects
from tests.doubles.stripe.account import Account
from tests.doubles.stripe.buyers import UnableToPlay
from tests.doubles.stripe.refusing import invalid, missing

Thing = dict[str, Any]


def open_setup(account: Account, body: Thing) -> Thing:
    """Open a checkout that saves a method."""
    account.check_customer(body["customer"])
    session = objects.setup_session_of(body, account.page)
    account.sessions[session["id"]] = session
    intent = objects.setup_intent_of(body)
    account.setup_intents[intent["id"]] = intent
    session["setup_intent"] = intent["id"]
    account.events.emit("setup_intent.created", intent)
    return session


def finish_setup(account: Account, session_ref: str) -> str:
    """Let the buyer give a good card; return the method."""
    session, intent = _at_page(account, session_ref)
    method = objects.method_of(session["customer"], account.payer)
    account.methods[method["id"]] = method
    account.events.emit("payment_method.attached", method)
    intent.update(status="succeeded", payment_method=method["id"], last_setup_error=None)
    account.events.emit("setup_intent.succeeded", intent)
    session.update(status="complete", payment_status="no_payment_required", url=None)
    account.events.emit("checkout.session.completed", session)
    return str(method["id"])


def begin_slow_setup(account: Account, session_ref: str) -> None:
    """Let the buyer name a bank account, which is checked for days after the page is done."""
    session, intent = _at_page(account, session_ref)
    method = objects.method_of(session["customer"], account.payer)
    account.methods[method["id"]] = method
    intent.update(status="processing", payment_method=method["id"])
    session.update(status="complete", payment_status="no_payment_required", url=None)
    account.events.emit("checkout.session.completed", session)


def end_slow_setup(account: Account, session_ref: str) -> None:
    """Let the check of a bank account end well; only the intent has an event for it."""
    intent = account.setup_intents[account.sessions[session_ref]["setup_intent"]]
    intent["status"] = "succeeded"
    account.events.emit("setup_intent.succeeded", intent)


def fail_setup(account: Account, session_ref: str, code: str) -> None:
    """Let what the buyer gave be refused after the page: a bank debit that is not confirmed."""
    session, intent = _at_page(account, session_ref)
    error = {"type": "invalid_request_error", "code": code, "message": "The method could not be saved."}
    intent.update(status="requires_payment_method", last_setup_error=error)
    account.events.emit("setup_intent.setup_failed", intent)
    session.update(status="complete", payment_status="no_payment_required", url=None)
    account.events.emit("checkout.session.completed", session)


def detach(account: Account, method_ref: str) -> Thing:
    """Take a method from its customer; nobody can charge it any more."""
    method = account.methods.get(method_ref)
    if method is None:
        raise missing("PaymentMethod", method_ref, param="payment_method")
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer.", "payment_method")
    before = {"customer": method["customer"]}
    method["customer"] = None
    account.events.emit("payment_method.detached", method, before=before)
    return method


def update_method(account: Account, method_ref: str, *, exp_year: int) -> None:
    """Let the card's network tell Stripe of the card that replaces this one."""
    method = account.methods[method_ref]
    method["card"]["exp_year"] = exp_year
    account.events.emit("payment_method.automatically_updated", method)


def _at_page(account: Account, session_ref: str) -> tuple[Thing, Thing]:
    session = account.sessions.get(session_ref)
    if session is None or session["mode"] != "setup" or session["status"] != "open":
        raise UnableToPlay(f"there is no setup {session_ref} that waits")
    return session, account.setup_intents[session["setup_intent"]]
