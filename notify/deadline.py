"""A deadline for a whole conversation: no time-out of a socket sees an answer that comes in drops."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import SHUT_RDWR, socket


class Cut:
    """Cuts the connections of one conversation when its time is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[socket] = []
        self._is_over = False

    def watch(self, line: socket) -> None:
        """Cut this connection, too, when the time is over; at once, if it is."""
        with self._lock:
            self._lines.append(line)
            is_over = self._is_over
        if is_over:
            self.now()

    def now(self) -> None:
        """End the conversation."""
        with self._lock:
            self._is_over = True
            lines = list(self._lines)
        for line in lines:
            try:
                line.shutdown(SHUT_RDWR)
            except OSError:
                # It is closed already, which is all that was wanted.
                continue


@contextmanager
def deadline(seconds: float) -> Iterator[Cut]:
    """
    Bound the conversation in this block.

    Args:
        seconds: then the connections that the block has given to `watch` are cut, and what reads from them fails.
    """
    cut = Cut()
    timer = threading.Timer(seconds, cut.now)
    timer.daemon = True
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()
