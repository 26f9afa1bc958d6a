"""Codes: the one form in which what a buyer types is compared."""

import unicodedata
from collections.abc import Callable

MIN_SIGNS, MAX_SIGNS = 3, 32
"""Of a folded code."""

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The signs of generated codes: none looks like another one, and without U few words come of it."""

GENERATED_SIGNS = 12

_LOOKS_LIKE = str.maketrans(
    {
        # Cyrillic capitals, then Greek ones.
        **dict(zip("АВЕЗКМНОРСТУХІЈЅԌԚԜҮ", "ABE3KMHOPCTYXIJSGQWY", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    }
)
_SAME_SIGN = str.maketrans({"O": "0", "I": "1", "L": "1", "|": "1"})
"""Whatever is typed for them, on paper and in most typefaces they are one sign."""


class UnableToRead(ValueError):
    """A text cannot be a code."""


def fold(text: str) -> str:
    """
    Return the form in which a code is compared; README.md, "One code, however it is typed".

    Args:
        text: as it was typed.

    Raises:
        UnableToRead: it has other signs than letters and digits, or too few or too many of them.
    """
    # A bound before the work: a text may come from anybody.
    if len(text) > 4 * MAX_SIGNS:
        raise UnableToRead(f"a code has {MIN_SIGNS} to {MAX_SIGNS} letters and digits")
    signs = "".join(sign for sign in unicodedata.normalize("NFKD", text).upper() if _counts(sign))
    folded = unicodedata.normalize("NFKD", signs).translate(_LOOKS_LIKE).translate(_SAME_SIGN)
    if strange := next((sign for sign in folded if not sign.isalnum()), None):
        raise UnableToRead(f"a code has letters and digits alone, not {strange!r}")
    if not MIN_SIGNS <= len(folded) <= MAX_SIGNS:
        raise UnableToRead(f"a code has {MIN_SIGNS} to {MAX_SIGNS} letters and digits, this one has {len(folded)}")
    return folded


def generated(choose: Callable[[str], str]) -> str:
    """
    Return a new code, such as `7KQM-2XNV-9BTD`.

    Args:
        choose: returns one of the signs of a text, by a source of chance that cannot be predicted.
    """
    signs = "".join(choose(ALPHABET) for _ in range(GENERATED_SIGNS))
    return "-".join(signs[start : start + 4] for start in range(0, GENERATED_SIGNS, 4))


def _counts(sign: str) -> bool:
    """Tell whether a sign is one that a reader sees: no blank, no hyphen, no accent, nothing invisible."""
    return unicodedata.category(sign) not in ("Zs", "Zl", "Zp", "Pd", "Pc", "Cf", "Cc", "Mn", "Me")
