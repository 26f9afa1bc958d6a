"""Quotas: how often somebody may do something, as a bucket that fills up again."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

MAX_KEYS = 10_000
"""Those remembered at once; beyond, the one that was quiet for longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Usage:
    """
    What became of one use: `wait_seconds` is 0 where it was allowed, else how long until the next one is.

    `left` more are allowed at once; `full_in_seconds` is how long it takes until the whole quota is there again.
    """

    left: int
    wait_seconds: float
    full_in_seconds: float


class Quota:
    """
    A bucket for each key; one full bucket may be used at once, and it fills up evenly.

    For one thread only: the event loop's.

    Args:
        uses: how many fit into a bucket, > 0.
        seconds: in how many seconds an empty one is full again, > 0.
        keys: how many buckets are remembered.
        clock: in seconds.
    """

    def __init__(
        self, uses: int, seconds: float, *, keys: int = MAX_KEYS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.uses = uses
        self.seconds = seconds
        self._keys = keys
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def use(self, key: Hashable) -> Usage:
        """Use it once, if that is allowed; what is refused costs nothing."""
        per_second = self.uses / self.seconds
        now = self._clock()
        there, since = self._buckets.pop(key, (float(self.uses), now))
        there = min(there + (now - since) * per_second, float(self.uses))
        is_allowed = there >= 1
        there -= is_allowed
        self._buckets[key] = (there, now)
        if len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        return Usage(int(there), 0.0 if is_allowed else (1 - there) / per_second, (self.uses - there) / per_second)
