"""The method that a payment or a setup has saved."""

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.gateway.payment import SavedMethod
from gateways.stripe.objects import expanded, ref_of

BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}


def saved_method_of(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> SavedMethod | None:
    """
    Return the method that a payment has saved, or None if it saved none.

    Args:
        intent: a payment that is paid.
        charge: its charge, which describes the method.
    """
    token, customer = ref_of(intent.get("payment_method")), ref_of(intent.get("customer"))
    if intent.get("setup_future_usage") != "off_session" or token is None or customer is None:
        return None
    method = expanded(charge.get("payment_method_details"))
    kind = str(method.get("type") or "")
    details = expanded(method.get(kind))
    return SavedMethod(token, customer, _label(kind, details), _last_day(details))


def method_of(method: Mapping[str, Any], customer: str | None) -> SavedMethod | None:
    """
    Return a payment method as it is saved, or None if nobody owns it.

    Args:
        method: Stripe's object.
        customer: who owns it.
    """
    token = ref_of(method)
    if token is None or customer is None:
        return None
    kind = str(method.get("type") or "")
    details = expanded(method.get(kind))
    return SavedMethod(token, customer, _label(kind, details), _last_day(details))


def fingerprint_of(method: Mapping[str, Any]) -> str | None:
    """
    Return by what Stripe tells a card or bank account again, or None if it does not say.

    Args:
        method: a payment method, or `payment_method_details` of a charge.
    """
    details = expanded(method.get(str(method.get("type") or "")))
    fingerprint = details.get("fingerprint")
    return fingerprint if isinstance(fingerprint, str) and fingerprint else None


def _label(kind: str, details: Mapping[str, Any]) -> str:
    brand = str(details.get("brand") or kind or "method")
    name = BRANDS.get(brand, brand.replace("_", " ").capitalize())
    return f"{name} *{details['last4']}" if details.get("last4") else name


def _last_day(details: Mapping[str, Any]) -> date | None:
    year, month = details.get("exp_year"), details.get("exp_month")
    if not (isinstance(year, int) and isinstance(month, int) and 1 <= month <= 12):
        return None
    return date(year, month, calendar.monthrange(year, month)[1])
