"""Money as Stripe writes it: whole units, which in some currencies are not those of ISO 4217."""

from domain.gateway.errors import CallRefused, Unreadable
from domain.money import Money, UnableToCount, exponent, rescaled

ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
"""Stripe counts these whole, although ISO 4217 counts hundredths of the ariary (MGA)."""

HUNDREDTHS_ON_THE_WIRE = frozenset({"ISK", "UGX"})
"""Whole by ISO 4217, but Stripe wants hundredths, and those must be 00."""

THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Stripe counts thousandths, but takes no finer amount than hundredths."""

MINIMUM = {
    "AED": 2_00,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 15_00,
    "DKK": 2_50,
    "EUR": 50,
    "GBP": 30,
    "HKD": 4_00,
    "HUF": 175_00,
    "INR": 50,
    "JPY": 50,
    "MXN": 10_00,
    "MYR": 2_00,
    "NOK": 3_00,
    "NZD": 50,
    "PLN": 2_00,
    "RON": 2_00,
    "SEK": 3_00,
    "SGD": 50,
    "THB": 10_00,
    "USD": 50,
}
"""
The least that Stripe charges, in our minor units. In other currencies it is what 0.50 USD are worth on the day, which
nobody here knows.
"""


def minimum_minor(currency: str) -> int:
    """Return the least that Stripe charges in a currency, as far as Stripe says it in that currency."""
    return MINIMUM.get(currency, step_minor(currency))


def step_minor(currency: str) -> int:
    """Return what every amount is a multiple of: 100 of our hundredths where Stripe takes whole ones."""
    if currency in ZERO_DECIMAL:
        return rescaled(1, 0, exponent(currency))
    return 10 if currency in THREE_DECIMAL else 1


def to_wire(money: Money) -> int:
    """
    Return an amount as Stripe wants it.

    Raises:
        CallRefused: Stripe cannot charge this amount or this currency.
    """
    try:
        units = rescaled(money.minor, exponent(money.currency), _wire_exponent(money.currency))
    except UnableToCount as error:
        raise CallRefused("invalid_amount", f"{money}: Stripe takes only whole {money.currency}") from error
    if money.currency in THREE_DECIMAL and units % 10:
        raise CallRefused(
            "invalid_amount", f"{money}: in {money.currency} Stripe wants a 0 as the last of three decimals"
        )
    return units


def currency_to_wire(money: Money) -> str:
    """Return a currency as Stripe writes it."""
    return money.currency.lower()


def from_wire(units: int, currency: str) -> Money:
    """
    Return the money that Stripe means.

    Args:
        units: as in Stripe's object.
        currency: as in Stripe's object, in lower case.

    Raises:
        Unreadable: it is no whole number.
        CallRefused: it has digits that our minor units cannot hold, or a currency that we do not count.
    """
    if not isinstance(units, int):
        raise Unreadable("Stripe's amount is no whole number")
    code = currency.upper()
    try:
        return Money(rescaled(units, _wire_exponent(code), exponent(code)), code)
    except UnableToCount as error:
        raise CallRefused("invalid_amount", f"Stripe says {units} {code}, which is no whole minor unit") from error


def _wire_exponent(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    if currency in THREE_DECIMAL:
        return 3
    if currency in HUNDREDTHS_ON_THE_WIRE or exponent(currency) == 2:
        return 2
    raise CallRefused("invalid_currency", f"how Stripe counts {currency} is not known here; choose another currency")
