"""A proxy before a double, which can stop answering, reset connections, or let answers through in drops."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

DROP_BYTES, DROP_SECONDS = 1, 0.2
"""Five bytes a second: always quicker than a time-out between two pieces."""


class Mode(StrEnum):
    """What the proxy does with an answer."""

    PASS = "pass"
    HANG = "hang"
    RESET = "reset"
    DRIP = "drip"


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

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, _ignoring_cuts(), socket.create_connection(self._behind) as behind:
            threading.Thread(target=self._answer, args=(behind, client), daemon=True).start()
            while self._open and (piece := client.recv(65_536)):
                # A body may come in a piece of its own.
                self.requests += piece.count(b" HTTP/1.1\r\n")
                if self.mode is Mode.RESET:
                    # Closed with data unread or lingering off, the other end sees a reset.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return
                if self.mode is not Mode.HANG:
                    behind.sendall(piece)

    def _answer(self, behind: socket.socket, client: socket.socket) -> None:
        with _ignoring_cuts():
            while self._open and (piece := behind.recv(65_536)):
                for start in range(0, len(piece), DROP_BYTES if self.mode is Mode.DRIP else len(piece)):
                    is_slow = self.mode is Mode.DRIP
                    client.sendall(piece[start : start + DROP_BYTES] if is_slow else piece[start:])
                    if not is_slow:
                        break
                    time.sleep(DROP_SECONDS)


@contextmanager
def _ignoring_cuts() -> Iterator[None]:
    try:
        yield
    except OSError:
        # One of the two ends has gone, and so does the other.
        return
