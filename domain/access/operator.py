"""Operators: their names, passwords, sessions, and how often somebody may try to be one."""

import re
from datetime import datetime, timedelta

INVITE_LIFETIME = timedelta(days=2)
"""How long an invitation may be used."""

IDLE = timedelta(minutes=30)
"""A session ends when it was not seen for so long."""

LONGEST = timedelta(hours=12)
"""A session ends however often it is seen."""

SEEN_EVERY = timedelta(minutes=1)
"""That a session was seen is written at most so often."""

PROOF_LIFETIME = timedelta(minutes=5)
"""For so long after the second factor was given, what needs it needs no new one."""

TRIES_WINDOW = timedelta(minutes=15)

MAX_TRIES_OF_NAME = 5
"""A code has six digits: at this rate guessing one takes years."""

MAX_TRIES_OF_ADDRESS = 30
"""A whole office may have one address."""

PASSWORD_LENGTHS = (12, 200)
RECOVERY_CODES = 10

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


class UnableToChangeOperator(ValueError):
    """An operator cannot be invited or changed like that; the text says what would be right."""


def check_name(name: str) -> str:
    """
    Return an operator's name as it is stored, in small letters.

    Raises:
        UnableToChangeOperator: it is no name.
    """
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise UnableToChangeOperator(
            "an operator's name is 1 to 64 Latin letters, digits and . _ @ + -, such as anna or anna@example.com"
        )
    return name


def password_fault(password: str, name: str) -> str | None:
    """Return what is wrong with a new password, None: nothing that can be seen without a list of bad ones."""
    shortest, longest = PASSWORD_LENGTHS
    if not shortest <= len(password) <= longest:
        return f"A password has {shortest} to {longest} characters."
    if name in password.lower():
        return "A password must not contain the name."
    return None


def may_try(*, tries_of_name: int, tries_of_address: int) -> bool:
    """Tell whether somebody may try to sign in, after so many tries within the window."""
    return tries_of_name < MAX_TRIES_OF_NAME and tries_of_address < MAX_TRIES_OF_ADDRESS


def is_live(created_at: datetime, seen_at: datetime, *, at: datetime) -> bool:
    """Tell whether a session that nobody has ended is still one."""
    return at - seen_at < IDLE and at - created_at < LONGEST


def is_proved(proved_at: datetime, *, at: datetime) -> bool:
    """Tell whether the second factor was given so recently that it need not be given again."""
    return timedelta(0) <= at - proved_at < PROOF_LIFETIME
