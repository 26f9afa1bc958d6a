"""Money as PayPal writes it: decimal text, and its own idea of decimals."""

from collections.abc import Mapping
from typing import Any

from domain.gateway.errors import CallRefused, UnableToReach
from domain.money import Money, UnableToCount, decimal_text, money_of

WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
"""PayPal takes whole ones of these only, although HUF and TWD have two decimals in ISO 4217."""

TAKEN = WITHOUT_DECIMALS | {
    "AUD",
    "BRL",  # BRL, CNY and MYR: accounts of that country only; PayPal itself says no to others
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


def written(money: Money) -> dict[str, str]:
    """
    Return an amount as PayPal wants it, such as `{"currency_code": "USD", "value": "10.00"}`.

    Raises:
        CallRefused: PayPal would not take it; nothing was sent.
    """
    if money.currency not in TAKEN:
        raise CallRefused("CURRENCY_NOT_SUPPORTED", f"PayPal does not take {money.currency}")
    if money.minor <= 0:
        raise CallRefused("CANNOT_BE_ZERO_OR_NEGATIVE", f"PayPal takes amounts above zero only, and this is {money}")
    decimals = 0 if money.currency in WITHOUT_DECIMALS else 2
    try:
        value = decimal_text(money, decimals=decimals)
    except UnableToCount as error:
        raise CallRefused(
            "DECIMALS_NOT_SUPPORTED", f"PayPal takes whole {money.currency} only, and {money} has a fraction"
        ) from error
    return {"currency_code": money.currency, "value": value}


def read(amount: Mapping[str, Any] | None) -> Money:
    """
    Return what an amount of PayPal's says.

    Raises:
        UnableToReach: it is none, so what was done is unknown.
    """
    try:
        return money_of(amount["value"], amount["currency_code"])  # type: ignore[index]
    except (KeyError, TypeError, AttributeError, UnableToCount) as error:
        raise UnableToReach("PayPal's answer has an amount that cannot be read") from error
