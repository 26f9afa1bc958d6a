"""Places: how many calls of a queue may be with one gateway at once, so that one that hangs leaves room for others."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, cast

from domain.gateway.port import Gateway
from messages.errors import Busy

LEAST_WAIT_S, MOST_WAIT_S = 0.25, 8.0
"""How long a message is put off; in between, for as long as the oldest call under way has taken already."""


def share_places(gateways: Mapping[str, Gateway], *, in_flight: int) -> Mapping[str, Gateway]:
    """
    Return the gateways, each with its share of the calls that a queue has under way.

    Args:
        gateways: by name.
        in_flight: calls of the queue that run at once.
    """
    share = share_of(in_flight, gateways=len(gateways))
    return {name: cast(Gateway, _SharedGateway(gateway, Places(name, share))) for name, gateway in gateways.items()}


def share_of(in_flight: int, *, gateways: int) -> int:
    """
    Return how many calls may be with one gateway at once.

    All but one gateway together leave a place for that one, and no gateway has more than half; a single one has all.
    """
    return in_flight if gateways <= 1 else max(1, min(in_flight // 2, (in_flight - 1) // (gateways - 1)))


class Places:
    """
    The places at one gateway.

    Args:
        gateway: its name.
        count: how many.
        clock: seconds that only grow.
    """

    def __init__(self, gateway: str, count: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._gateway = gateway
        self._count = count
        self._clock = clock
        self._lock = threading.Lock()
        self._began_s: list[float] = []

    @contextmanager
    def taken(self) -> Iterator[None]:
        """
        Hold a place for the length of the block.

        Raises:
            Busy: all are taken; nothing was done.
        """
        with self._lock:
            now_s = self._clock()
            if len(self._began_s) >= self._count:
                wait_s = min(max(now_s - min(self._began_s), LEAST_WAIT_S), MOST_WAIT_S)
                raise Busy(f"{self._count} calls of {self._gateway} are under way already", wait_seconds=wait_s)
            self._began_s.append(now_s)
        try:
            yield
        finally:
            with self._lock:
                self._began_s.remove(now_s)


class _SharedGateway:
    """A gateway whose methods each take a place; whatever else it offers is passed on."""

    def __init__(self, gateway: Gateway, places: Places) -> None:
        self._gateway = gateway
        self._places = places

    def __getattr__(self, name: str) -> Any:
        offered = getattr(self._gateway, name)
        if not callable(offered):
            return offered

        @wraps(offered)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._places.taken():
                return offered(*args, **kwargs)

        return call
