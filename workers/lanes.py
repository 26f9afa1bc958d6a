"""Lanes: large calls that run at the same time work on different accounts, and so never wait for each other."""

import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")

LANES = 3
"""One more than calls are under way (`Intake.in_flight`), so that whoever looks for a lane finds a free one."""

MIN_EVENTS_TO_SPLIT = 64
"""Events from which on a call is cut; a smaller one is quicker in one transaction, and meets few others."""


class Lanes:
    """
    Cuts calls by account, and lets one call at a time into each lane.

    Two calls of some hundred events nearly always share an account, and the second would then wait
    in the database for the commit of the first. Cut by account, one call does its one half while
    another does its other half. Only speed depends on it: what keeps accounts right are the locks of
    the database, for there may be other processes.
    """

    def __init__(self, count: int = LANES) -> None:
        self._locks = [threading.Lock() for _ in range(count)]

    def through(self, items: Iterable[tuple[str, T]]) -> Iterator[list[T]]:
        """
        Give the items back lane by lane, each lane's in their order, in whichever lane is free.

        The lane is held until the next part is asked for.

        Args:
            items: account and item; what belongs to no account has the account "".
        """
        parts = self._cut(list(items))
        while parts:
            lane = next((lane for lane in parts if self._locks[lane].acquire(blocking=False)), None)
            if lane is None:
                lane = next(iter(parts))
                self._locks[lane].acquire()
            try:
                yield parts.pop(lane)
            finally:
                self._locks[lane].release()

    def _cut(self, items: list[tuple[str, T]]) -> dict[int, list[T]]:
        parts: dict[int, list[T]] = {}
        is_cut = len(items) >= MIN_EVENTS_TO_SPLIT
        for account_id, item in items:
            lane = crc32(account_id.encode()) % len(self._locks) if is_cut else 0
            parts.setdefault(lane, []).append(item)
        return parts
