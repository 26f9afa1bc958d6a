"""Money: whole minor units of one currency."""

from dataclasses import dataclass

EXPONENTS = (
    dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    )
    | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)
    | dict.fromkeys(["CLF", "UYW"], 4)
)
"""Decimals of the currencies that do not have two. Source: ISO 4217, list one."""


MAX_DIGITS = 40
"""Characters of an amount: beyond, it is no amount, and Python refuses to read more than some thousand digits."""


class UnableToCount(ValueError):
    """A text is no amount of its currency, or amounts of two currencies met."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """Whole minor units (kopecks, cents, yen) of one ISO 4217 currency; never a float."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not (len(self.currency) == 3 and all("A" <= letter <= "Z" for letter in self.currency)):
            raise UnableToCount(f"{self.currency!r} is not an ISO 4217 code such as RUB")

    def __str__(self) -> str:
        return f"{decimal_text(self)} {self.currency}"


def exponent(currency: str) -> int:
    """Return how many decimals a currency has: 2 for most, 0 for JPY, 3 for KWD."""
    return EXPONENTS.get(currency, 2)


def decimal_text(money: Money, *, decimals: int | None = None) -> str:
    """
    Return an amount as decimal text, such as `299.00`, `500` (JPY) or `1.250` (KWD).

    Args:
        money: may be negative.
        decimals: write this many instead of the currency's own, as some gateways want it.

    Raises:
        UnableToCount: the amount has digits that `decimals` would drop.
    """
    own = exponent(money.currency)
    wanted = own if decimals is None else decimals
    minor = rescaled(money.minor, own, wanted)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(wanted + 1, "0")
    return f"{sign}{digits[:-wanted]}.{digits[-wanted:]}" if wanted else f"{sign}{digits}"


def money_of(text: str, currency: str) -> Money:
    """
    Return the amount that a decimal text says, to the last digit.

    Args:
        text: `299`, `299.0` or `299.00`; digits after the last minor unit must be zeros.
        currency: ISO 4217.

    Raises:
        UnableToCount: it is no decimal number, or is finer than a minor unit.
    """
    if len(text) > MAX_DIGITS:
        raise UnableToCount(f"{text[:MAX_DIGITS]!r}… is not an amount such as 299.00")
    whole, point, fraction = text.removeprefix("-").partition(".")
    if not (whole.isdecimal() and whole.isascii() and (not point or (fraction.isdecimal() and fraction.isascii()))):
        raise UnableToCount(f"{text!r} is not an amount such as 299.00")
    minor = rescaled(int(whole + fraction), len(fraction), exponent(currency))
    return Money(-minor if text.startswith("-") else minor, currency)


def rescaled(units: int, decimals: int, wanted: int) -> int:
    """
    Return whole units of 10^-decimals as whole units of 10^-wanted.

    Raises:
        UnableToCount: a digit that is not zero would be lost.
    """
    if wanted >= decimals:
        return units * int(10 ** (wanted - decimals))
    step = int(10 ** (decimals - wanted))
    if units % step:
        raise UnableToCount(f"{units} with {decimals} decimals cannot be written with {wanted} without a loss")
    return units // step
