"""Real idempotency for doubles: the same key gets the same answer, another body an error."""

import threading
from collections.abc import Callable, Hashable
from typing import Any


class KeyUsedOtherwise(Exception):
    """A key came again with another call or other content."""


class Remembered:
    """Answers by key, for ever; calls with the same key wait for one another."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[Hashable, Any]] = {}
        self._lock = threading.RLock()

    def once(self, key: str | None, content: Hashable, work: Callable[[], Any]) -> Any:
        """
        Do the work, or return what it returned when the key came first.

        Raises:
            KeyUsedOtherwise: the key came before with other content.
        """
        if not key:
            return work()
        with self._lock:
            if key in self._answers:
                first, answer = self._answers[key]
                if first != content:
                    raise KeyUsedOtherwise(key)
                return answer
            answer = work()
            self._answers[key] = (content, answer)
            return answer
