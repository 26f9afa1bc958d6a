"""Faults on demand: what a double does wrong, and how many times."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Fault(StrEnum):
    """What can go wrong with a call of a double's API."""

    ERROR_BEFORE = "error_before"
    """Answers 500, and nothing was done."""
    ERROR_AFTER_COMMIT = "error_after_commit"
    """Does it and answers 500."""
    SLOW = "slow"
    """Does it and answers after `seconds`."""
    HTML = "html"
    """Answers 502 with a page that is not JSON, and nothing was done."""
    FORBIDDEN = "forbidden"
    """Answers 403 as for a key without rights, and nothing was done."""
    UNKNOWN = "unknown"
    """Answers 404 as for an object of another account, and nothing was done."""
    BLOCKED = "blocked"
    """Answers 404 with a page that is not JSON, as a proxy on the way does, and nothing was done."""
    DECLINE = "decline"
    """Declines with `code`, where the call moves money."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault that will happen to the next call of an operation."""

    fault: Fault
    code: str = ""
    seconds: float = 0.0


class Faults:
    """What is planned, by operation (`create_checkout`, `capture`, `charge`, `refund`, `fetch` …)."""

    def __init__(self) -> None:
        self._planned: dict[str, list[Planned]] = defaultdict(list)
        self.by_chance: Callable[[str], Planned | None] | None = None
        """Is asked, by the operation, where nothing is planned."""
        self._lock = threading.Lock()

    def plan(self, operation: str, fault: Fault, *, times: int = 1, code: str = "", seconds: float = 0.0) -> None:
        """Let the next calls of an operation go wrong."""
        with self._lock:
            self._planned[operation] += [Planned(fault, code, seconds)] * times

    def next(self, operation: str) -> Planned | None:
        """Return the fault that the present call is to have, and use it up."""
        with self._lock:
            waiting = self._planned[operation]
            if waiting:
                return waiting.pop(0)
            return self.by_chance(operation) if self.by_chance else None

    def clear(self) -> None:
        """Forget every fault that is planned."""
        with self._lock:
            self._planned.clear()


class Broken(Exception):
    """The double answers with this instead of the truth."""

    def __init__(self, status: int, *, is_json: bool = True) -> None:
        super().__init__(f"a planned fault: {status}")
        self.status = status
        self.is_json = is_json


def suffer(planned: Planned | None, work: Callable[[], T]) -> T:
    """
    Do the work of a call as its fault wants it; `DECLINE` is the double's own to handle.

    Raises:
        Broken: the answer is an error.
    """
    match planned:
        case Planned(Fault.ERROR_BEFORE):
            raise Broken(500)
        case Planned(Fault.FORBIDDEN):
            raise Broken(403)
        case Planned(Fault.UNKNOWN):
            raise Broken(404)
        case Planned(Fault.BLOCKED):
            raise Broken(404, is_json=False)
        case Planned(Fault.HTML):
            raise Broken(502, is_json=False)
        case Planned(Fault.ERROR_AFTER_COMMIT):
            work()
            raise Broken(500)
        case Planned(Fault.SLOW, _, seconds):
            done = work()
            time.sleep(seconds)
            return done
        case _:
            return work()
