"""Submitting one by one: messages whose account somebody else holds wait for it, and nobody else waits with them."""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

THREADS = 4


class Message(Protocol):
    """What waits: the account that it is about, and until when (monotonic)."""

    @property
    def account_id(self) -> str:
        """Screph's id."""

    @property
    def deadline(self) -> float:
        """The moment from which it is given up."""


M = TypeVar("M", bound=Message)


class OneByOne(Generic[M]):
    """
    Tries messages by themselves, those of one account in their order.

    Whoever comes first has the first turn. An account that is still held goes behind all that were not tried yet, so
    the messages of any number of held accounts cost another one a single try.
    """

    def __init__(self, handle: Callable[[M], Exception | None], give_up: Callable[[M, Exception], None]) -> None:
        """
        Begin without any thread; the first message starts one.

        Args:
            handle: tries a message for a short while; returns why it is to be tried again, None: it is done with.
            give_up: called with a message whose time is over, and with why it was last tried in vain.
        """
        self._handle = handle
        self._give_up = give_up
        self._lock = threading.Lock()
        self._messages: dict[str, deque[M]] = {}
        self._untried: deque[str] = deque()
        self._tried: deque[str] = deque()
        self._threads = ThreadPoolExecutor(THREADS, "one-by-one")

    def __len__(self) -> int:
        """Return how many wait."""
        with self._lock:
            return sum(map(len, self._messages.values()))

    def add(self, message: M) -> None:
        """Let a message wait for its turn."""
        with self._lock:
            if not self._join(message):
                self._messages[message.account_id] = deque([message])
                self._next_turn(self._untried, message.account_id)

    def join(self, message: M) -> bool:
        """Let a message wait behind others of its account; False: none of them waits here, and nor does it."""
        with self._lock:
            return self._join(message)

    def _join(self, message: M) -> bool:
        waiting = self._messages.get(message.account_id)
        if waiting is not None:
            waiting.append(message)
        return waiting is not None

    def _next_turn(self, queue: deque[str], account_id: str) -> None:
        queue.append(account_id)
        self._threads.submit(self._take_turn)

    def _take_turn(self) -> None:
        with self._lock:
            account_id = (self._untried or self._tried).popleft()
            first = self._messages[account_id][0]
        reason = self._handle(first)
        over: list[M] = []
        with self._lock:
            waiting = self._messages[account_id]
            if reason is None:
                waiting.popleft()
            else:
                now = time.monotonic()
                over = [each for each in waiting if each.deadline <= now]
                waiting = self._messages[account_id] = deque(each for each in waiting if each.deadline > now)
            if waiting:
                self._next_turn(self._untried if reason is None else self._tried, account_id)
            else:
                del self._messages[account_id]
        for each in over:
            self._give_up(each, reason or TimeoutError())
