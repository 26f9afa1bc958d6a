"""How often an address may call."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

MAX_ADDRESSES = 10_000
"""Addresses remembered at once; beyond, the one that was quiet for longest is forgotten."""


class RateLimit:
    """
    A bucket of tokens for each address; one full bucket may be used at once.

    IPv6 addresses share a bucket by /64, which is what one household or machine is given. For one
    thread only: the event loop's.
    """

    def __init__(
        self, per_second: int, *, addresses: int = MAX_ADDRESSES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._addresses = addresses
        self._clock = clock
        self._buckets: OrderedDict[int | str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, peer: IPv4Address | IPv6Address | None) -> float:
        """Use a token of an address and return 0, or the seconds until there will be one."""
        key = _bucket_of(peer)
        now = self._clock()
        tokens, since = self._buckets.pop(key, (float(self._per_second), now))
        tokens = min(tokens + (now - since) * self._per_second, float(self._per_second))
        is_allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if is_allowed else tokens, now)
        if len(self._buckets) > self._addresses:
            self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1 - tokens) / self._per_second


def _bucket_of(peer: IPv4Address | IPv6Address | None) -> int | str:
    match peer:
        case None:
            return "unknown"
        case IPv4Address():
            return str(peer)
        case IPv6Address():
            return int(peer) >> 64
