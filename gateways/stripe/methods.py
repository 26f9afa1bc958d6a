"""Methods that were saved with a payment."""

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
    details = expanded(charge.get("payment_method_details"))
    kind = str(details.get("type") or "")
    about = expanded(details.get(kind))
    return SavedMethod(token, customer, _label(kind, about), _last_day(about))


def _label(kind: str, about: Mapping[str, Any]) -> str:
    brand = str(about.get("brand") or kind or "method")
    name = BRANDS.get(brand, brand.replace("_", " ").capitalize())
    return f"{name} *{about['last4']}" if about.get("last4") else name


def _last_day(about: Mapping[str, Any]) -> date | None:
    year, month = about.get("exp_year"), about.get("exp_month")
    if not (isinstance(year, int) and isinstance(month, int) and 1 <= month <= 12):
        return None
    return date(year, month, calendar.monthrange(year, month)[1])
