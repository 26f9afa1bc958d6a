"""Amounts of money as people type them."""

from domain.money import Money, UnableToCount, decimal_text, money_of


class UnableToReadAmount(ValueError):
    """A text is not an amount above zero; the sentence says what would be right."""


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
