"""A watch: one open stream or long poll, and what it has not yet been told."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from store.minutes.read_live import LiveBalance


class End(StrEnum):
    """Why a watch is over."""

    STOPPING = "stopping"
    """The process ends; open another one."""
    ENDED = "ended"
    """The token or the session works no longer."""
    GONE = "gone"
    """Nobody reads it any more."""


@dataclass(frozen=True, slots=True)
class Permit:
    """By what somebody may watch: a token or a session of the portal, by its number."""

    kind: Literal["token", "session"]
    number: int


class Watch:
    """
    What one stream waits for. Only for the event loop.

    It holds the latest balance alone, so a slow reader costs nothing. `touches` counts the facts about the account, for
    pages that wait for something else than minutes.
    """

    __slots__ = ("_changed", "account_id", "balance", "end", "permit", "touches")

    def __init__(self, account_id: str, permit: Permit) -> None:
        self.account_id = account_id
        self.permit = permit
        self.balance: LiveBalance | None = None
        self.touches = 0
        self.end: End | None = None
        self._changed = asyncio.Event()

    def update(self, balance: LiveBalance | None, *, is_touched: bool) -> None:
        """Note what is to be told; a balance that is the same is nothing."""
        is_new = balance is not None and (self.balance is None or balance.version != self.balance.version)
        if balance is not None:
            self.balance = balance
        if is_touched:
            self.touches += 1
        if is_new or is_touched:
            self._changed.set()

    def finish(self, end: End) -> None:
        """End the watch, for the first reason that is given."""
        self.end = self.end or end
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Wait until there is something to tell, or the watch is over; False: nothing came in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True
