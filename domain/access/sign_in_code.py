"""Codes that are mailed to sign in: how long one counts, and how often it may be asked for and mistyped."""

from datetime import timedelta
from enum import StrEnum

DIGITS = 6

LIFETIME = timedelta(minutes=10)

MAX_TRIES = 5
"""Of one code."""

ASKED_WINDOW, WRONG_WINDOW = timedelta(hours=1), timedelta(days=1)

MAX_ASKED_OF_MAIL = 5
"""Codes for one mail address within an hour; more would only fill a mailbox."""

MAX_WRONG_OF_MAIL = 15
"""
Wrong tries for one mail address within a day.

A million codes and 15 tries a day: who tries every day for a year has a chance of 1 in 180.
"""

MAX_ASKED_FROM_ADDRESS = 30
"""Codes from one address of the internet within an hour; many buyers may share it."""

MAX_WRONG_FROM_ADDRESS = 60
"""Wrong tries from one address of the internet within an hour."""


class CodeResult(StrEnum):
    """What became of a code that was typed; the same for mail addresses that nobody has."""

    WRONG = "wrong"
    OVER = "over"
    TOO_MANY = "too_many"


def may_ask(*, asked_of_mail: int, asked_from_address: int) -> bool:
    """Tell whether another code may be asked for, after so many within an hour. README.md, "Sign-in code"."""
    return asked_of_mail < MAX_ASKED_OF_MAIL and asked_from_address < MAX_ASKED_FROM_ADDRESS


def may_try(*, wrong_of_mail: int, wrong_from_address: int) -> bool:
    """Tell whether a code may be tried, after so many wrong tries within a day, and within an hour."""
    return wrong_of_mail < MAX_WRONG_OF_MAIL and wrong_from_address < MAX_WRONG_FROM_ADDRESS


def digits_of(text: str) -> str:
    """Return the digits of a code as it was typed or pasted: `048 213` is `048213`."""
    return "".join(letter for letter in text if letter in "0123456789")
