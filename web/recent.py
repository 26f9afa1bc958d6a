"""Tokens that were looked up a moment ago, so that a busy program costs no look-up for each request."""

import time
from collections import OrderedDict
from collections.abc import Callable

from store.access.read import BearerToken

SECONDS = 5.0
"""A token that was revoked works for so long at the most. Source: domain/access/README.md, "Ended"."""

MAX_TOKENS = 10_000
"""Beyond, the one that was looked up first is forgotten."""


class TokenCache:
    """
    Tokens by their hash, for some seconds each. For one thread only: the event loop's.

    What is not known is not remembered: a token works from the moment in which it is made.
    """

    def __init__(
        self, *, seconds: float = SECONDS, tokens: int = MAX_TOKENS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._tokens = tokens
        self._clock = clock
        self._found: OrderedDict[bytes, tuple[BearerToken, float]] = OrderedDict()

    def now(self) -> float:
        """Return the moment, for `put`: before the look-up begins, for what it finds is as old as that."""
        return self._clock()

    def get(self, sha256: bytes) -> BearerToken | None:
        """Return a token that was looked up less than some seconds ago."""
        token, since = self._found.get(sha256, (None, 0.0))
        if token is None or self._clock() - since >= self._seconds:
            self._found.pop(sha256, None)
            return None
        return token

    def put(self, sha256: bytes, token: BearerToken, *, since: float) -> None:
        """Remember a token that was looked up."""
        self._found.pop(sha256, None)
        self._found[sha256] = (token, since)
        if len(self._found) > self._tokens:
            self._found.popitem(last=False)
