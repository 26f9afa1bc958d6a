"""A proxy before a double, which can stop answering, reset connections, or let answers through in drops."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

DROP_BYTES, DROP_SECONDS = 1, 0.2
"""Five bytes a second: always quicker than a time-out between two pieces."""


ARRIVE_SECONDS = 20


class Mode(StrEnum):
    """What the proxy does with a call."""

    PASS = "pass"
    HANG = "hang"
    HOLD = "hold"
    """Hangs, too, but the call is only late: `let_arrive` passes it on, whether its caller still waits or not."""
    RESET = "reset"
    DRIP = "drip"


@dataclass(slots=True, eq=False)
class _Line:
    """One client's connection, the one behind it, and what was held between them."""

    client: socket.socket
    behind: socket.socket
    held: bytearray = field(default_factory=bytearray)
    is_answered: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """
    A TCP proxy on 127.0.0.1, for as long as the block lasts.

    Args:
        url: of the double behind it.
        mode: may be changed at any time; it counts for connections that are open, too.
    """

    def __init__(self, url: str, mode: Mode = Mode.PASS) -> None:
        parts = urlsplit(url)
        self._behind = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._path = parts.path
        self.mode = mode
        self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._open = True
        self._lock = threading.Lock()
        self._held: list[_Line] = []

    @property
    def url(self) -> str:
        """Where it listens, with the path of the double's address."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}{self._path}"

    def __enter__(self) -> Self:
        """Begin to listen."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Cut everything."""
        self._open = False
        self._listener.close()
        for line in self._take_held():
            line.behind.close()

    def let_arrive(self) -> None:
        """Pass on the calls that are held, one after the other, and return when each is answered."""
        for line in self._take_held():
            with _ignoring_cuts():
                line.is_answered.clear()
                line.behind.sendall(bytes(line.held))
                line.held.clear()
                line.is_answered.wait(ARRIVE_SECONDS)
            if line.client.fileno() == -1:
                line.behind.close()

    def _take_held(self) -> list[_Line]:
        with self._lock:
            held, self._held = self._held, []
        return held

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, _ignoring_cuts():
            line = _Line(client, socket.create_connection(self._behind))
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()
            try:
                self._pass_on(line)
            finally:
                with self._lock:
                    # What is held is for later, whether the caller waits for it or not.
                    if line not in self._held:
                        line.behind.close()

    def _pass_on(self, line: _Line) -> None:
        while self._open and (piece := line.client.recv(65_536)):
            # A body may come in a piece of its own.
            self.requests += piece.count(b" HTTP/1.1\r\n")
            if self.mode is Mode.RESET:
                # Closed with data unread or lingering off, the other end sees a reset.
                line.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            if self.mode is Mode.HOLD:
                with self._lock:
                    line.held += piece
                    if line not in self._held:
                        self._held.append(line)
            elif self.mode is not Mode.HANG:
                line.behind.sendall(piece)

    def _answer(self, line: _Line) -> None:
        with _ignoring_cuts():
            while self._open and (piece := line.behind.recv(65_536)):
                try:
                    self._hand_over(piece, line.client)
                finally:
                    line.is_answered.set()

    def _hand_over(self, piece: bytes, client: socket.socket) -> None:
        if self.mode is not Mode.DRIP:
            client.sendall(piece)
            return
        for start in range(0, len(piece), DROP_BYTES):
            if self.mode is not Mode.DRIP:
                client.sendall(piece[start:])
                return
            client.sendall(piece[start : start + DROP_BYTES])
            time.sleep(DROP_SECONDS)


@contextmanager
def _ignoring_cuts() -> Iterator[None]:
    try:
        yield
    except OSError:
        # One of the two ends has gone, and so does the other.
        return
