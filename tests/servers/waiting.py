"""Waiting for a condition, with a limit."""

import os
import time
from collections.abc import Callable

_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.1


class UnableToWait(Exception):
    """A condition did not come true within its limit."""


def wait_until(is_true: Callable[[], bool], what: str, *, limit_s: float) -> None:
    """
    Return as soon as a condition holds.

    Args:
        is_true: the condition, asked fifty times a second at first, and less often the longer it takes.
        what: the condition in words, for the error.
        limit_s: seconds to wait on a machine with a processor to spare, > 0; where others work as well, longer.

    Raises:
        UnableToWait: the limit has passed.
    """
    began_at = time.monotonic()
    while not is_true():
        waited_s = time.monotonic() - began_at
        if waited_s > limit_s and waited_s > limit_s * slowness():
            raise UnableToWait(f"waited {waited_s:.1f} s in vain until {what}")
        # To ask costs those of their time who are waited for.
        time.sleep(min(_LONGEST_PAUSE_S, _PAUSE_S + waited_s / 20))


def slowness() -> float:
    """Return how many want each processor; that much longer takes what is waited for."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
