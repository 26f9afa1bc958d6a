"""A reader of server-sent events for tests: a thread reads, the test asks for the next event."""

import http.client
import queue
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import orjson


@dataclass(frozen=True, slots=True)
class Received:
    """One event as it came; `data` is what its JSON says."""

    name: str
    data: Any
    id: str | None = None


class EventSource:
    """One open stream; `next` waits for an event, None once the stream has ended."""

    def __init__(self, url: str, **headers: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self._connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=headers)
        self.answer = self._connection.getresponse()
        self.status = self.answer.status
        self._events: queue.Queue[Received | None] = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        if self.status == 200:
            self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Go away, as a closed window does."""
        if self._connection.sock is not None:
            # Wakes the thread that reads; closing would wait for it.
            with suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self.answer.close()
        self._connection.close()

    def next(self, *, limit_s: float = 10) -> Received | None:
        """The next event; None when the stream has ended."""
        return self._events.get(timeout=limit_s)

    def has_next(self, *, within_s: float) -> bool:
        """Tell whether an event comes within some time."""
        try:
            self._events.get(timeout=within_s)
        except queue.Empty:
            return False
        return True

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for raw in self.answer:
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "event" in fields:
                    self._events.put(Received(fields["event"], orjson.loads(fields["data"]), fields.get("id")))
                    fields = {}
                else:
                    fields = {}
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        self._events.put(None)
