"""The method that a payment or a setup has saved."""

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


def _last_day(card: dict[str, Any]) -> date | None:
    if not (card.get("expiry_year") and card.get("expiry_month")):
        return None
    year, month = int(card["expiry_year"]), int(card["expiry_month"])
    return date(year, month, monthrange(year, month)[1])
