"""Stripe's objects as it writes them, new."""

import hashlib
import secrets
from typing import Any

from tests.doubles import clock

ADVICE = {
    "expired_card": "confirm_card_data",
    "incorrect_number": "confirm_card_data",
    "insufficient_funds": "try_again_later",
    "lost_card": "do_not_try_again",
    "stolen_card": "do_not_try_again",
}
CODES_OF_THEIR_OWN = {
    "authentication_required",
    "expired_card",
    "incorrect_cvc",
    "incorrect_number",
    "processing_error",
}
"""Stripe gives these in `code`; every other reason is a `card_declined` with a `decline_code`."""

_CARD = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2032}
_NOBODY: dict[str, Any] = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}


def ref(prefix: str) -> str:
    """Return a new id, such as `pi_…`."""
    return f"{prefix}_{secrets.token_hex(12)}"


def now() -> int:
    """Return the present, as Stripe writes it."""
    return int(clock.now().timestamp())


def _new(prefix: str, kind: str) -> dict[str, Any]:
    return {"id": ref(prefix), "object": kind, "created": now(), "livemode": False}


def customer_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return a new customer."""
    email, metadata = body.get("email"), body.get("metadata", {})
    return {**_new("cus", "customer"), "email": email, "metadata": metadata, "invoice_prefix": None}


def session_of(body: dict[str, Any], page: str) -> dict[str, Any]:
    """
    Return a new checkout session.

    Args:
        body: the request.
        page: where pages of checkouts are.
    """
    price = body["line_items"][0]["price_data"]
    return _session(body, page) | {
        "amount_subtotal": price["unit_amount"],
        "amount_total": price["unit_amount"],
        "currency": price["currency"],
    }


def setup_session_of(body: dict[str, Any], page: str) -> dict[str, Any]:
    """Return a new checkout session that saves a method."""
    return _session(body, page) | {"currency": body["currency"], "mode": "setup", "setup_intent": None}


def setup_intent_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return a new setup intent of a checkout."""
    intent = _new("seti", "setup_intent")
    return {
        **intent,
        "application": None,
        "cancellation_reason": None,
        "client_secret": f"{intent['id']}_secret_{secrets.token_hex(6)}",
        "customer": body["customer"],
        "description": body.get("setup_intent_data", {}).get("description"),
        "last_setup_error": None,
        "latest_attempt": None,
        "mandate": None,
        "metadata": body.get("setup_intent_data", {}).get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": None,
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    }


def _session(body: dict[str, Any], page: str) -> dict[str, Any]:
    session = _new("cs_test", "checkout.session")
    return {
        **session,
        "amount_subtotal": None,
        "amount_total": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": body.get("cancel_url"),
        "client_reference_id": body.get("client_reference_id"),
        "currency": None,
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"],
        ),
        "customer": body.get("customer"),
        "customer_details": None,
        "customer_email": body.get("customer_email"),
        "expires_at": session["created"] + 24 * 3600,
        "locale": body.get("locale"),
        "metadata": body.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "success_url": body["success_url"],
        "url": f"{page}/{session['id']}",
    }


def intent_of(amount: int, currency: str, customer: str | None, data: dict[str, Any]) -> dict[str, Any]:
    """
    Return a new payment intent that has no method yet.

    Args:
        amount: whole units of Stripe's.
        currency: in lower case.
        customer: who pays, if known.
        data: metadata, description and setup_future_usage.
    """
    intent = _new("pi", "payment_intent")
    return {
        **intent,
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent['id']}_secret_{secrets.token_hex(6)}",
        "confirmation_method": "automatic",
        "currency": currency,
        "customer": customer,
        "description": data.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": data.get("metadata", {}),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "setup_future_usage": data.get("setup_future_usage"),
        "status": "requires_payment_method",
    }


def method_of(customer: str | None, payer: str | None = None) -> dict[str, Any]:
    """Return a new card: the one of a payer, or one that nobody has used before."""
    card = {
        **_CARD,
        "fingerprint": hashlib.sha256((payer or secrets.token_hex(8)).encode()).hexdigest()[:16],
        "checks": None,
        "country": "US",
        "display_brand": "visa",
        "funding": "credit",
        "generated_from": None,
        "networks": None,
        "regulated_status": "unregulated",
        "three_d_secure_usage": None,
        "wallet": None,
    }
    return {
        **_new("pm", "payment_method"),
        "billing_details": dict(_NOBODY),
        "card": card,
        "customer": customer,
        "metadata": {},
        "type": "card",
    }


def charge_of(
    intent: dict[str, Any], method: dict[str, Any], *, is_paid: bool, code: str | None = None
) -> dict[str, Any]:
    """Return a new charge of an intent by a method; `code` says why it failed."""
    card = {**_CARD, "country": "US", "fingerprint": method["card"]["fingerprint"], "funding": "credit"}
    return {
        **_new("ch", "charge"),
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if is_paid else 0,
        "amount_refunded": 0,
        "billing_details": dict(_NOBODY),
        "captured": is_paid,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": code,
        "failure_message": "Your card was declined." if code else None,
        "metadata": intent["metadata"],
        "paid": is_paid,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"type": "card", "card": card},
        "receipt_email": None,
        "refunded": False,
        "status": "succeeded" if is_paid else "failed",
    }


def card_error(reason: str, charge: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    """Return what a declined card looks like in an intent and in an answer."""
    has_code = reason in CODES_OF_THEIR_OWN
    error: dict[str, Any] = {
        "type": "card_error",
        "code": reason if has_code else "card_declined",
        "message": "Your card was declined.",
        "charge": charge["id"],
        "payment_method": method,
    }
    if not has_code or reason == "authentication_required":
        error["decline_code"] = reason
    if reason in ADVICE:
        error["advice_code"] = ADVICE[reason]
    return error


def refund_of(charge: dict[str, Any], amount: int, metadata: dict[str, str], reason: str | None) -> dict[str, Any]:
    """Return a new refund that is on its way."""
    new = _new("re", "refund")
    del new["livemode"]  # refunds have none
    return {
        **new,
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "currency": charge["currency"],
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending",
        "transfer_reversal": None,
    }


def dispute_of(charge: dict[str, Any]) -> dict[str, Any]:
    """Return a new dispute."""
    return {
        **_new("dp", "dispute"),
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now() + 7 * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
