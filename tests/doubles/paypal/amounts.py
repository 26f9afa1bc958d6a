"""Money as PayPal takes it; written apart from the adapter's, so that one checks the other."""

from typing import Any

from domain.money import Money, exponent
from tests.doubles.paypal.refusing import Refused

WHOLE_ONLY = ("HUF", "JPY", "TWD")
CURRENCIES = (
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD".split()  # noqa: SIM905
)


def accepted_money(amount: dict[str, str], about: str) -> Money:
    """Return the money of a request, or refuse it as PayPal does."""
    currency, text = amount["currency_code"], amount["value"]
    if currency not in CURRENCIES:
        raise Refused(422, "INVALID_CURRENCY_CODE", about=about)
    whole, point, fraction = text.partition(".")
    if len(fraction) > (0 if currency in WHOLE_ONLY else 2) or (currency in WHOLE_ONLY and point):
        raise Refused(422, "DECIMAL_PRECISION", about=about)
    minor = int(whole or "0") * 10 ** exponent(currency) + int((fraction or "0").ljust(2, "0")[:2])
    if currency in WHOLE_ONLY:
        minor = int(whole) * 10 ** exponent(currency)
    if minor <= 0:
        raise Refused(422, "CANNOT_BE_ZERO_OR_NEGATIVE", about=about)
    return Money(minor, currency)


def amount_body(money: Money) -> dict[str, Any]:
    """Return money as PayPal writes it in its answers."""
    if money.currency in WHOLE_ONLY:
        return {"currency_code": money.currency, "value": str(money.minor // 10 ** exponent(money.currency))}
    return {"currency_code": money.currency, "value": f"{money.minor // 100}.{money.minor % 100:02d}"}
