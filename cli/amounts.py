"""Amounts of money as people type them."""

from collections.abc import Iterable
from decimal import Decimal

from domain.money import Money, UnableToCount, decimal_text, money_of
from i18n.currencies import currencies_in_use


class UnableToReadAmount(ValueError):
    """A text is not an amount above zero; the sentence says what would be right."""


class UnableToReadShare(ValueError):
    """A number is not a percentage of two decimals at the most."""


def check_currencies(codes: Iterable[str], *, option: str) -> None:
    """
    Check that codes name money.

    Raises:
        UnableToReadAmount: one of them is that of no currency in use.
    """
    for code in codes:
        if code not in currencies_in_use():
            raise UnableToReadAmount(f"{option}: {code} is no currency of ISO 4217 in use, such as RUB")


def read_share(percent: float, *, option: str) -> int:
    """
    Return a percentage in hundredths of a percent.

    Raises:
        UnableToReadShare: it is not finite, or has more than two decimals.
    """
    hundredths = Decimal(repr(percent)) * 100
    if not hundredths.is_finite() or hundredths % 1:
        raise UnableToReadShare(f"{option}: {percent} is not a percentage of two decimals at the most, such as 33.33")
    return int(hundredths)


def read_amount(text: str, currency: str, *, option: str = "--amount") -> Money:
    """
    Return the amount that an option names.

    Raises:
        UnableToReadAmount: the text is not an amount of that currency, or not above zero.
    """
    try:
        wanted = money_of(text, currency)
    except UnableToCount as error:
        example = decimal_text(Money(29_900, currency))
        raise UnableToReadAmount(f"{option}: {error}; {example} would be an amount of {currency}") from error
    if wanted.minor <= 0:
        raise UnableToReadAmount(f"{option}: {text} is not above 0")
    return wanted
