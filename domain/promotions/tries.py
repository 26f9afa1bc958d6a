"""Tries: how many codes may be refused before nobody is told any more whether one exists."""

from datetime import timedelta

from domain.refusal import Refusal

WINDOW = timedelta(hours=1)

MAX_REFUSED_OF_ACCOUNT = 10
"""Somebody who mistypes a code is far from it."""

MAX_REFUSED_OF_ADDRESS = 50
"""Many buyers may share an address."""

TOO_MANY_TRIES = Refusal("TooManyTries", "too many codes were tried that do not count; try again in an hour")


def may_try(*, refused_of_account: int, refused_of_address: int) -> bool:
    """Tell whether another code may be tried, after so many were refused within the window."""
    return refused_of_account < MAX_REFUSED_OF_ACCOUNT and refused_of_address < MAX_REFUSED_OF_ADDRESS
