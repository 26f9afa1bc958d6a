"""Money as PayPal writes it: decimal text, with its own rules for decimals."""

from collections.abc import Mapping
from typing import Any

from domain.gateway.errors import CallRefused, Unreadable
from domain.money import Money, UnableToCount, decimal_text, exponent, money_of, rescaled

ZERO_DECIMAL = frozenset({"HUF", "JPY", "TWD"})
"""PayPal takes only whole ones of these, although HUF and TWD have two decimals in ISO 4217."""

ACCEPTED = ZERO_DECIMAL | {
    "AUD",
    "BRL",  # BRL, CNY and MYR: accounts of that country only; PayPal itself refuses others
    "CAD",
    "CHF",
    "CNY",
    "CZK",
    "DKK",
    "EUR",
    "GBP",
    "HKD",
    "ILS",
    "MXN",
    "MYR",
    "NOK",
    "NZD",
    "PHP",
    "PLN",
    "SEK",
    "SGD",
    "THB",
    "USD",
}
"""The currencies that PayPal takes payments in."""


def step_minor(currency: str) -> int:
    """Return what every amount is a multiple of, and the least that PayPal takes; it publishes no higher one."""
    return rescaled(1, 0, exponent(currency)) if currency in ZERO_DECIMAL else 1


def to_wire(money: Money) -> dict[str, str]:
    """
    Return an amount as PayPal wants it, such as `{"currency_code": "USD", "value": "10.00"}`.

    Raises:
        CallRefused: PayPal would not take it.
    """
    if money.currency not in ACCEPTED:
        raise CallRefused("CURRENCY_NOT_SUPPORTED", f"PayPal does not take {money.currency}")
    if money.minor <= 0:
        raise CallRefused("CANNOT_BE_ZERO_OR_NEGATIVE", f"PayPal takes amounts above zero only, and this is {money}")
    decimals = 0 if money.currency in ZERO_DECIMAL else 2
    try:
        value = decimal_text(money, decimals=decimals)
    except UnableToCount as error:
        raise CallRefused(
            "DECIMALS_NOT_SUPPORTED", f"PayPal takes whole {money.currency} only, and {money} has a fraction"
        ) from error
    return {"currency_code": money.currency, "value": value}


def from_wire(amount: Mapping[str, Any] | None) -> Money:
    """
    Return the money that PayPal means.

    Raises:
        Unreadable: the amount cannot be read, so what was done is unknown.
    """
    try:
        return money_of(amount["value"], amount["currency_code"])  # type: ignore[index]
    except (KeyError, TypeError, AttributeError, UnableToCount) as error:
        raise Unreadable("PayPal's answer has an amount that cannot be read") from error
