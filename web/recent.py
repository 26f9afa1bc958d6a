"""What was looked up a moment ago, so that a busy program costs no look-up for each request; never a balance."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MAX_VALUES = 10_000
"""Beyond, the one that was looked up first is forgotten."""


class Recent(Generic[K, V]):
    """
    Values by their keys, for some seconds each. Any thread may use it.

    What is not found is not remembered, so that it is found from the moment in which it is there.

    Args:
        seconds: for how long.
        values: of how many at once.
        clock: in seconds.
    """

    def __init__(
        self, *, seconds: float, values: int = MAX_VALUES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._values = values
        self._clock = clock
        self._found: OrderedDict[K, tuple[V, float]] = OrderedDict()
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the moment, for `put`: before the look-up begins, for what it finds is as old as that."""
        return self._clock()

    def get(self, key: K) -> V | None:
        """Return what was looked up less than some seconds ago."""
        with self._lock:
            found = self._found.get(key)
            if found is None:
                return None
            value, since = found
            if self._clock() - since >= self._seconds:
                del self._found[key]
                return None
            return value

    def put(self, key: K, value: V, *, since: float) -> None:
        """Remember what was looked up."""
        with self._lock:
            self._found.pop(key, None)
            self._found[key] = (value, since)
            if len(self._found) > self._values:
                self._found.popitem(last=False)
