"""Submitting together: requests that come at the same time share a transaction, as deliveries of a queue do."""

import asyncio
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from messages.errors import Unavailable
from messages.read import Event
from messages.registry import QUEUE_OF
from store.errors import Conflict
from workers.context import Context
from workers.outcome import Outcome
from workers.queues.handlers import HANDLERS
from workers.submit import Submission, accepted, hasty, read_event
from workers.submit_one_by_one import OneByOne
from workers.traced import handling

log = logging.getLogger(__name__)

MAX_TOGETHER = 50

MAX_WAITING = 1_000
"""Beyond, a request is results to come again: it would be answered too late anyway."""

TURNS = 2
"""Transactions at once: while one waits for the database the other one is made."""

ENOUGH = 4
"""
How many must wait for a second transaction to begin beside the first; fewer gather until a turn is over.

A transaction costs much the same for one message as for four. Measured with eight clients by `bench.web`, where the
second turn took whatever was there: 0.58 of the bare handler; with 3, 4 and 5: 0.63, 0.65, 0.58; with one turn: 0.52.
"""

LOCK_WAIT_MS = 150
"""
How long a batch waits for an account that somebody else holds; all others of the batch wait as long.

A worker's batch holds its accounts for some milliseconds. Who is held for longer waits one by one.
"""


@dataclass(slots=True, eq=False)
class _Waiting:
    """One request, the loop in which somebody waits for its outcome, and until when they do (monotonic)."""

    event: Event
    outcome: asyncio.Future[Outcome]
    loop: asyncio.AbstractEventLoop
    deadline: float

    @property
    def account_id(self) -> str:
        account_id: str = self.event.envelope.subject
        return account_id


class Together:
    """
    Hands in messages of one queue that handles batches; requests wait for their outcomes without a thread of their own.

    Nothing lingers: who comes when nothing is under way begins at once. A message that cannot be handled hurts nobody
    else: each of its batch is then tried by itself. Whose account somebody else holds waits for it apart from all
    others, and who comes for that account meanwhile waits there, too.
    """

    def __init__(self, context: Context, queue: str, *, max_waiting: int = MAX_WAITING) -> None:
        """
        Begin without any thread; the first message starts one.

        Args:
            context: what handlers need; its patience with the store is cut to some seconds.
            queue: whose handler is run.
            max_waiting: requests that may wait for their turn.
        """
        self._context = replace(hasty(context), lock_wait_ms=LOCK_WAIT_MS)
        self._prompt = replace(self._context, patience_seconds=0)
        self._queue = queue
        self._max_waiting = max_waiting
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._turns = 0
        self._threads = ThreadPoolExecutor(TURNS, "together")
        self._apart = OneByOne(self._handle_alone, lambda waiting, error: _resolve([(waiting, _failed(error))]))

    async def submit(self, submission: Submission) -> Outcome:
        """
        Hand in a message and return what became of it once that is committed, as `submit()` does.

        Raises:
            MessageRejected: a value in it is wrong, or its id was used for something else.
            GiveBack: the process is ending while the store is away.
            Unavailable: the store gave no answer, or too many wait for it; submitting it again with the same id is
                harmless.
        """
        assert QUEUE_OF[submission.model] == self._queue
        event = read_event(submission, self._queue, now=self._context.clock())
        loop = asyncio.get_running_loop()
        mine = _Waiting(event, loop.create_future(), loop, time.monotonic() + self._context.patience_seconds)
        with self._lock:
            if len(self._waiting) + len(self._apart) >= self._max_waiting:
                raise Unavailable(f"{self._max_waiting} requests wait for the store already")
        if self._apart.join(mine):
            return accepted(await mine.outcome)
        with self._lock:
            self._waiting.append(mine)
            begins = self._turns == 0 or (self._turns < TURNS and len(self._waiting) >= ENOUGH)
            self._turns += 1 if begins else 0
        if begins:
            self._threads.submit(self._take_turns)
        return accepted(await mine.outcome)

    def _take_turns(self) -> None:
        while batch := self._next_batch():
            self._handle_batch(batch)

    def _next_batch(self) -> list[_Waiting]:
        """Return whose turn it is; nobody: this turn is over. Whoever waits on is left to the other one."""
        with self._lock:
            count = len(self._waiting)
            if count == 0 or (self._turns > 1 and count < ENOUGH):
                self._turns -= 1
                return []
            return [self._waiting.popleft() for _ in range(min(MAX_TOGETHER, count))]

    def _handle_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            _resolve([(each, _done(outcome)) for each, outcome in zip(batch, self._handle(batch), strict=True)])
        except Exception as error:  # noqa: BLE001 # whoever waits gets it, and raises it
            # A lock that one of them waits for is not in everybody's way; a store that is away is away for all.
            is_away = isinstance(error, Unavailable) and not isinstance(error, Conflict)
            if is_away or (len(batch) == 1 and not isinstance(error, Conflict)):
                _resolve([(each, _failed(error)) for each in batch])
                return
            log.warning("%d messages submitted together failed, each is tried by itself: %s", len(batch), error)
            for each in batch:
                self._apart.add(each)

    def _handle_alone(self, waiting: _Waiting) -> Exception | None:
        """Handle one message; return why it has to be tried again."""
        try:
            [outcome] = self._handle([waiting])
        except Conflict as error:
            return error
        except Exception as error:  # noqa: BLE001 # whoever waits gets it, and raises it
            _resolve([(waiting, _failed(error))])
        else:
            _resolve([(waiting, _done(outcome))])
        return None

    def _handle(self, batch: Sequence[_Waiting]) -> Sequence[Outcome]:
        handle, events = HANDLERS[self._queue].handle, [each.event for each in batch]
        with handling(self._queue, events):
            try:
                return handle(self._prompt, events)
            except Conflict:
                # Only one of them has to wait for a lock, and not for as long as its patience lasts with all others.
                raise
            except Unavailable as error:
                log.info("once more for %d messages submitted together: %s", len(events), error)
            return handle(self._context, events)


_Result = Callable[[asyncio.Future[Outcome]], None]


def _done(outcome: Outcome) -> _Result:
    return lambda future: future.set_result(outcome)


def _failed(error: Exception) -> _Result:
    return lambda future: future.set_exception(error)


def _resolve(results: Sequence[tuple[_Waiting, _Result]]) -> None:
    """Give requests their outcomes, each in its own loop; a loop is woken once for all that wait in it."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[tuple[_Waiting, _Result]]] = defaultdict(list)
    for each in results:
        by_loop[each[0].loop].append(each)
    for loop, these in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve_here, these)
        except RuntimeError:
            log.warning("%d requests were handled after their server had ended", len(these))


def _resolve_here(results: Sequence[tuple[_Waiting, _Result]]) -> None:
    for each, result in results:
        # Who has gone meanwhile needs no outcome.
        if not each.outcome.done():
            result(each.outcome)
