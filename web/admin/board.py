"""A board: one page that several look at, drawn once for all of them while anybody does. Only for its event loop."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
from starlette.concurrency import run_in_threadpool

from messages.errors import Unavailable
from web.live.stream import Render, event
from web.live.watch import End, Permit, Watch

log = logging.getLogger(__name__)

EVERY_SECONDS, TICK_SECONDS = 2.0, 0.25
"""How often it is drawn, and how soon it is seen that the process is to end."""

MAX_WATCHES = 50


class Board:
    """
    Streams of a page. They hold neither a thread nor a connection to the database while nothing is drawn.

    Args:
        draw: returns the page as HTML; called in a thread. Whoever may look sees the same.
        still_signed_in: returns which sessions of some may still look.
        stopping: set when the process is to end; streams end with it.
    """

    def __init__(
        self, draw: Callable[[], str], still_signed_in: Callable[[set[int]], set[int]], stopping: threading.Event
    ) -> None:
        self.html = ""
        self._draw = draw
        self._still_signed_in = still_signed_in
        self._stopping = stopping
        self._watches: list[Watch] = []
        self._drawing: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether so many look already that nobody else may."""
        return len(self._watches) >= MAX_WATCHES

    @contextmanager
    def watch(self, session_id: int) -> Iterator[Watch]:
        """Watch the board by a session of an operator; it ends with that session."""
        watch = Watch("board", Permit("session", session_id))
        self._watches.append(watch)
        if self._drawing is None:
            self.html = ""
            self._drawing = asyncio.create_task(self._go_on())
        elif self.html:
            watch.update(None, is_touched=True)
        try:
            yield watch
        finally:
            self._watches.remove(watch)

    async def _go_on(self) -> None:
        try:
            while self._watches and not self._stopping.is_set():
                await self._draw_anew()
                for _ in range(round(EVERY_SECONDS / TICK_SECONDS)):
                    if self._stopping.is_set() or not self._watches:
                        break
                    await asyncio.sleep(TICK_SECONDS)
        except Exception:
            log.critical("the board of queues failed", exc_info=True)
        finally:
            # Whoever watches from here on begins another task; streams would be silent for ever without one.
            self._drawing = None
            for watch in self._watches:
                watch.finish(End.STOPPING)

    async def _draw_anew(self) -> None:
        sessions = {watch.permit.number for watch in self._watches}
        try:
            html, signed_in = await run_in_threadpool(lambda: (self._draw(), self._still_signed_in(sessions)))
        except Unavailable as error:
            log.warning("the board of queues cannot be drawn: %s", error)
            return
        is_new, self.html = html != self.html, html
        for watch in self._watches:
            if watch.permit.number in sessions - signed_in:
                watch.finish(End.ENDED)
            elif is_new:
                watch.update(None, is_touched=True)


def drawn_anew(board: Board) -> Render:
    """Return what a stream of a board sends: the page, whenever it has been drawn otherwise."""

    def render(watch: Watch) -> Iterator[bytes]:
        yield event("page", orjson.dumps({"html": board.html}))

    return render
