"""Waiting for a condition, with a limit."""

import time
from collections.abc import Callable

_PAUSE_S = 0.02


class UnableToWait(Exception):
    """A condition did not come true within its limit."""


def wait_until(is_true: Callable[[], bool], what: str, *, limit_s: float) -> None:
    """
    Return as soon as a condition holds.

    Args:
        is_true: the condition, asked about fifty times a second.
        what: the condition in words, for the error.
        limit_s: seconds to wait, > 0.

    Raises:
        UnableToWait: the limit has passed.
    """
    deadline = time.monotonic() + limit_s
    while not is_true():
        if time.monotonic() > deadline:
            raise UnableToWait(f"waited {limit_s:g} s in vain until {what}")
        time.sleep(_PAUSE_S)
