"""How many bytes of deliveries a process holds at once; prefetch counts messages, whatever their size."""

import threading

MAX_BYTES_IN_FLIGHT = 64 * 1_048_576


class ByteBudget:
    """The bytes that all consumers of a process may hold together: bodies, and the properties with their headers."""

    def __init__(self, limit_bytes: int = MAX_BYTES_IN_FLIGHT) -> None:
        self.limit_bytes = limit_bytes
        self._used_bytes = 0
        self._lock = threading.Lock()

    @property
    def used_bytes(self) -> int:
        """What all consumers hold at this moment."""
        return self._used_bytes

    def change(self, by_bytes: int) -> None:
        """Count bytes that were received, or, below zero, that were answered."""
        with self._lock:
            self._used_bytes += by_bytes


class ByteShare:
    """What one consumer holds of a budget."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self.held_bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether no more is to be read; who holds nothing may always read, or it might wait for ever."""
        return self.held_bytes > 0 and self._budget.used_bytes >= self._budget.limit_bytes

    def change(self, by_bytes: int) -> None:
        """Count bytes that were received, or, below zero, that were answered."""
        self.held_bytes += by_bytes
        self._budget.change(by_bytes)

    def close(self) -> None:
        """Give back whatever is held: the connection is gone, and all of it will be delivered again."""
        self.change(-self.held_bytes)
