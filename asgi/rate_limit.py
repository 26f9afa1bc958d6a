"""How often an address may call."""

import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

from asgi.quota import MAX_KEYS, Quota


class RateLimit:
    """
    A quota for each address and second.

    IPv6 addresses share one by /64, which is what one household or machine is given. For one
    thread only: the event loop's.
    """

    def __init__(
        self, per_second: int, *, addresses: int = MAX_KEYS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._quota = Quota(per_second, 1, keys=addresses, clock=clock)

    def wait_seconds(self, peer: IPv4Address | IPv6Address | None) -> float:
        """Use the quota of an address once and return 0, or the seconds until that is allowed."""
        return self._quota.use(_key_of(peer)).wait_seconds


def _key_of(peer: IPv4Address | IPv6Address | None) -> int | str:
    match peer:
        case None:
            return "unknown"
        case IPv4Address():
            return str(peer)
        case IPv6Address():
            return int(peer) >> 64
