"""The method that a payment or a setup has saved."""

import hashlib
from calendar import monthrange
from datetime import date
from typing import Any

from domain.gateway.payment import SavedMethod
from gateways.yookassa.objects import id_of


def saved_method_of(payment: dict[str, Any]) -> SavedMethod | None:
    """Return the method that a payment has saved, or None if it saved none."""
    # Every payment has a method with an id; only one that is marked as saved can be charged again.
    return saved_method_in(payment.get("payment_method") or {})


def saved_method_in(method: dict[str, Any]) -> SavedMethod | None:
    """Return a payment method as it is saved, or None if it may not be charged again."""
    if method.get("saved") is not True:
        return None
    card = method.get("card") or {}
    label = f"{card.get('card_type') or 'Card'} *{card['last4']}" if card.get("last4") else method.get("title")
    return SavedMethod(id_of(method["id"]), None, label or str(method["type"]), _last_day(card))


def fingerprint_of(method: dict[str, Any]) -> str | None:
    """
    Return a hash by which a card or wallet is told again, or None where YooKassa shows too little of it.

    Two cards of one bank may agree in all that is shown: the first six and last four digits and the month of expiry.
    """
    card = method.get("card") or {}
    shown = [card.get("first6"), card.get("last4"), card.get("expiry_year"), card.get("expiry_month")]
    if not card:
        shown = [method.get("account_number")]
    if not all(shown):
        return None
    return hashlib.sha256(":".join(map(str, [method.get("type"), *shown])).encode()).hexdigest()


def _last_day(card: dict[str, Any]) -> date | None:
    if not (card.get("expiry_year") and card.get("expiry_month")):
        return None
    year, month = int(card["expiry_year"]), int(card["expiry_month"])
    return date(year, month, monthrange(year, month)[1])
