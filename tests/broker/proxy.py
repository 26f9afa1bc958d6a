"""A TCP proxy in front of a server, by which a test holds answers back or cuts a line."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit


class Line:
    """
    One connection through the proxy; each direction can be held back, and the whole be cut.

    With `hold_at`, the client's side is held back from these bytes on, and `is_held` is set; with
    `hold_answers_at`, the server's side is, from the answer to these bytes on.
    """

    def __init__(self, client: socket.socket, server: socket.socket, *, hold_at: bytes | None) -> None:
        self._ends = (client, server)
        self.hold_at = hold_at
        self.hold_answers_at: bytes | None = None
        self.is_held = threading.Event()
        self.has_ended = threading.Event()
        self.to_server = threading.Event()
        self.to_client = threading.Event()
        self.to_server.set()
        self.to_client.set()
        for end in self._ends:
            # Small frames would otherwise wait for one another, forty milliseconds each time.
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, sink, gate in ((client, server, self.to_server), (server, client, self.to_client)):
            threading.Thread(target=self._carry, args=(source, sink, gate), daemon=True).start()

    def cut(self) -> None:
        """End the connection for both, as a broken cable that is noticed; what is held back is lost."""
        for end in self._ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # that end was gone already
            end.close()
        self.to_server.set()
        self.to_client.set()
        self.has_ended.set()

    def _carry(self, source: socket.socket, sink: socket.socket, gate: threading.Event) -> None:
        try:
            while data := source.recv(65_536):
                if gate is self.to_server:
                    self._inspect(data)
                gate.wait()
                sink.sendall(data)
        except OSError:
            pass  # cut
        self.cut()

    def _inspect(self, data: bytes) -> None:
        if self.hold_at is not None and self.hold_at in data:
            self.to_server.clear()
            self.is_held.set()
        if self.hold_answers_at is not None and self.hold_answers_at in data:
            self.to_client.clear()


class Proxy:
    """Accepts connections for a server; `lines` are those so far, the oldest first."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        login, _, _ = parts.netloc.rpartition("@")
        self.url = urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))
        self.lines: list[Line] = []
        self.hold_at: bytes | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections and cut those that are left."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # not every system wakes a listener this way
        self._listener.close()
        for line in self.lines:
            line.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                self.lines.append(Line(client, socket.create_connection(self._target), hold_at=self.hold_at))
            except OSError:
                return


@contextmanager
def proxied(url: str) -> Iterator[Proxy]:
    """Run a proxy in front of the server that a URL names."""
    proxy = Proxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
