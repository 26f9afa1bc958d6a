"""What buyers do on the hosted page."""

from typing import Any

from tests.doubles.stripe import objects
from tests.doubles.stripe.account import Account

Thing = dict[str, Any]


EMAIL = "buyer@example.com"
"""What a buyer types on the page, if it has to ask."""


class UnableToPlay(ValueError):
    """What a control asks for cannot happen there: its state does not allow it."""


def pay(account: Account, session_ref: str) -> str:
    """Pay with a good card; return the payment."""
    session, intent = _at_page(account, session_ref)
    account.pay_intent(intent, _card(account, session, intent))
    _complete(account, session, payment_status="paid")
    return str(intent["id"])


def decline(account: Account, session_ref: str, code: str) -> None:
    """Try a card that is declined; the page stays open."""
    _, intent = _at_page(account, session_ref)
    account.fail_intent(intent, objects.method_of(intent["customer"], account.payer), code)


def need_action(account: Account, session_ref: str) -> None:
    """Begin 3-D Secure and do not end it."""
    session, intent = _at_page(account, session_ref)
    account.wait_for_buyer(intent, _card(account, session, intent))


def pay_slowly(account: Account, session_ref: str) -> str:
    """Pay with a method that takes days; return the payment."""
    session, intent = _at_page(account, session_ref)
    intent.update(status="processing", payment_method=_card(account, session, intent)["id"], next_action=None)
    account.events.emit("payment_intent.processing", intent)
    _complete(account, session, payment_status="unpaid")
    return str(intent["id"])


def end_slow(account: Account, session_ref: str, *, succeeded: bool) -> None:
    """Let a method that takes days succeed or fail."""
    session = _known(account, session_ref)
    intent = account.intents.get(session["payment_intent"] or "")
    if intent is None or intent["status"] != "processing":
        raise UnableToPlay(f"nothing of checkout {session_ref} is being processed")
    method = account.methods[intent["payment_method"]]
    if succeeded:
        account.pay_intent(intent, method)
        session["payment_status"] = "paid"
        account.events.emit("checkout.session.async_payment_succeeded", session)
    else:
        account.fail_intent(intent, method, "insufficient_funds")
        account.events.emit("checkout.session.async_payment_failed", session)


def save_card(account: Account) -> str:
    """Save a card on a page of another shop of the account; no money moves."""
    price = {"unit_amount": None, "currency": None}
    session = objects.session_of({"line_items": [{"price_data": price}], "success_url": "https://other.example"}, "")
    session.update(mode="setup", status="complete", payment_status="no_payment_required", setup_intent="seti_1")
    account.sessions[session["id"]] = session
    account.events.emit("checkout.session.completed", session)
    return str(session["id"])


def expire(account: Account, session_ref: str) -> None:
    """Let the page run out of time."""
    session = _open(account, session_ref)
    intent = account.intents.get(session["payment_intent"] or "")
    if intent is not None:
        account.cancel_intent(intent, "expired")
    if session["mode"] == "setup":
        account.setup_intents[session["setup_intent"]].update(status="canceled", cancellation_reason="abandoned")
    session.update(status="expired", url=None)
    account.events.emit("checkout.session.expired", session)


def _at_page(account: Account, session_ref: str) -> tuple[Thing, Thing]:
    session = _open(account, session_ref)
    if session["mode"] != "payment":
        raise UnableToPlay(f"nothing is paid at checkout {session_ref}")
    if session["payment_intent"] is None:
        terms = account.terms[session_ref]
        intent = account.open_intent(session["amount_total"], session["currency"], session["customer"], terms)
        session["payment_intent"] = intent["id"]
    return session, account.intents[session["payment_intent"]]


def _card(account: Account, session: Thing, intent: Thing) -> Thing:
    method = objects.method_of(session["customer"] if intent["setup_future_usage"] else None, account.payer)
    account.methods[method["id"]] = method
    if method["customer"]:
        account.events.emit("payment_method.attached", method)
    return method


def _complete(account: Account, session: Thing, *, payment_status: str) -> None:
    customer = account.customers.get(session["customer"] or "", {})
    # Where we have named no address, the page asks for one.
    email = session["customer_email"] or customer.get("email") or EMAIL
    details = {"address": None, "email": email, "name": None, "phone": None, "tax_exempt": "none", "tax_ids": None}
    session.update(status="complete", payment_status=payment_status, url=None, customer_details=details)
    account.events.emit("checkout.session.completed", session)


def _open(account: Account, session_ref: str) -> Thing:
    session = _known(account, session_ref)
    if session["status"] != "open":
        raise UnableToPlay(f"checkout {session_ref} is {session['status']}")
    return session


def _known(account: Account, session_ref: str) -> Thing:
    if session_ref not in account.sessions:
        raise UnableToPlay(f"there is no checkout {session_ref}")
    return account.sessions[session_ref]
