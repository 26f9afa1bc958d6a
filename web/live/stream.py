"""Server-sent events: one answer that goes on for as long as somebody reads it."""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from web.live.watch import End, Watch

PING_SECONDS = 15.0
"""Proxies close what is silent for a minute or half of one."""

RETRY_MS = (1_000, 5_000)
"""When a browser whose stream has broken comes again, at random between two: all of them break together."""

Render = Callable[[Watch], Iterator[bytes]]
"""Returns the events that tell what is new in a watch; called whenever something is."""


def event(name: str, data: bytes, *, event_id: str | None = None) -> bytes:
    """Return one event as it goes over the wire; `data` is one line of JSON."""
    identity = b"" if event_id is None else b"id: %b\n" % event_id.encode()
    return b"event: %b\n%bdata: %b\n\n" % (name.encode(), identity, data)


class EventStream(Response):
    """
    An answer of server-sent events about one account.

    Not Starlette's: that holds a task group with two tasks and a generator for each stream, and there may be thousands.

    Args:
        watching: opened when the answer begins, closed when it ends.
        render: says what to send.
    """

    media_type = "text/event-stream"

    def __init__(self, watching: AbstractContextManager[Watch], render: Render) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        # What goes on has no length.
        del self.headers["content-length"]
        self._watching = watching
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the reader goes, the watch ends, or the process does."""
        with self._watching as watch:
            gone = asyncio.create_task(_await_end(receive, watch))
            try:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await _send(send, b"retry: %d\n\n" % random.randint(*RETRY_MS))
                while watch.end is None:
                    is_new = await watch.wait(PING_SECONDS)
                    if watch.end is None:
                        await _send(send, b"".join(self._render(watch)) if is_new else b": ping\n\n")
                if watch.end is not End.GONE:
                    await _send(send, event(watch.end, b"{}"))
                    await send({"type": "http.response.body", "body": b""})
            finally:
                gone.cancel()


async def _send(send: Send, body: bytes) -> None:
    if body:
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _await_end(receive: Receive, watch: Watch) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    watch.finish(End.GONE)
