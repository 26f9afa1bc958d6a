"""HTTP whose requests must arrive promptly: who sends a byte now and then would hold a connection for ever."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""How long the head of a request may take, from the connection or from its first byte on a connection used before."""

BODY_SECONDS = 15.0
"""How long the body of a request may take, from its head; `body.py` waits less, and says more."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PromptProtocol(H11Protocol):
    """uvicorn's own protocol, with a deadline for the head of each request and one for its body."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._awaited: object = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._await(h11.IDLE, HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Read on; what is begun and not complete, head or body, is waited for until its deadline."""
        super().data_received(data)
        state = self.conn.their_state
        if self.transport.is_closing() or state not in (h11.IDLE, h11.SEND_BODY):
            self._stop_waiting()
        else:
            self._await(state, HEAD_SECONDS if state is h11.IDLE else BODY_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await(self, part: object, seconds: float) -> None:
        # The first byte counts, not the last: a byte now and then must not put the end off.
        if self._awaited is not part:
            self._stop_waiting()
            self._awaited = part
            self._timer = self.loop.call_later(seconds, self._refuse)

    def _stop_waiting(self) -> None:
        self._awaited = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self) -> None:
        self._stop_waiting()
        if self.transport.is_closing():
            return
        cycle = self.cycle
        is_answering = cycle is not None and cycle.response_started and not cycle.response_complete
        if not is_answering:
            self.transport.write(_TOO_SLOW)
        self.transport.close()
