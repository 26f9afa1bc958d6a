"""How Stripe counts money, seen from its side."""

from tests.doubles.stripe.refusing import invalid

HUNDREDTHS_AS_00 = ("isk", "ugx")
THOUSANDTHS = ("bhd", "jod", "kwd", "omr", "tnd")


def check(amount: int, currency: str, param: str) -> None:
    """Refuse an amount that is finer than Stripe takes."""
    if currency in HUNDREDTHS_AS_00 and amount % 100:
        raise invalid(f"Amounts in {currency} must end with 00", param)
    if currency in THOUSANDTHS and amount % 10:
        raise invalid(f"Amounts in {currency} must end with 0", param)


def minor_of(amount: int, currency: str) -> int:
    """Return minor units of ISO 4217."""
    if currency in HUNDREDTHS_AS_00:
        return amount // 100
    return amount * 100 if currency == "mga" else amount


def amount_of(minor: int, currency: str) -> int:
    """Return units of Stripe's."""
    if currency in HUNDREDTHS_AS_00:
        return minor * 100
    return minor // 100 if currency == "mga" else minor
