"""Submitting together: requests that come at the same time share a transaction, as deliveries of a queue do."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from messages.errors import Unavailable
from messages.read import Event
from messages.registry import QUEUE_OF
from store.errors import Conflict
from workers.context import Context
from workers.outcome import Outcome
from workers.queues.handlers import HANDLERS
from workers.submit import Submission, accepted, hasty, read_event

log = logging.getLogger(__name__)

MAX_TOGETHER = 50


@dataclass(slots=True, eq=False)
class _Waiting:
    """One request, until its outcome is there, or the store was away; `failed`: it has to be tried by itself."""

    event: Event
    outcome: Outcome | None = None
    away: Unavailable | None = None
    failed: bool = False

    @property
    def is_over(self) -> bool:
        """Whether somebody's turn has included it."""
        return self.outcome is not None or self.away is not None or self.failed


@dataclass(slots=True)
class Together:
    """
    Hands in messages of one queue that handles batches. Any thread may submit; whose turn it is takes all that wait.

    A message that cannot be handled hurts nobody else: each of its batch is then tried alone, by whoever submitted it.
    """

    context: Context
    queue: str
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: list[_Waiting] = field(default_factory=list)

    def submit(self, submission: Submission) -> Outcome:
        """
        Hand in a message and return what became of it, as `submit()` does.

        Raises:
            MessageRejected: a value in it is wrong, or its id was used for something else.
            Unavailable: the store gave no answer; submitting it again with the same id is harmless.
        """
        assert QUEUE_OF[submission.model] == self.queue
        mine = _Waiting(read_event(submission, self.queue, now=self.context.clock()))
        with self._lock:
            self._waiting.append(mine)
        with self._turn:
            if not mine.is_over:
                self._handle_waiting(mine)
        if mine.away is not None:
            raise Unavailable(str(mine.away)) from mine.away
        if mine.failed:
            [mine.outcome] = self._handle([mine.event])
        assert mine.outcome is not None
        return accepted(mine.outcome)

    def _handle_waiting(self, mine: _Waiting) -> None:
        with self._lock:
            # Mine is among them, wherever it stands: whoever waits longer gets its turn next.
            others = [each for each in self._waiting if each is not mine][: MAX_TOGETHER - 1]
            batch = [*others, mine]
            self._waiting = [each for each in self._waiting if each not in batch]
        try:
            outcomes = self._handle([each.event for each in batch])
        except Exception as error:
            if len(batch) == 1:
                raise
            log.warning("%d messages submitted together failed, each is tried by itself: %s", len(batch), error)
            # A lock that one of them waits for is not in everybody's way; a store that is away is away for all.
            away: Unavailable | None
            if isinstance(error, Unavailable) and not isinstance(error, Conflict):
                away, failed = error, False
            else:
                away, failed = None, True
            for each in batch:
                each.away, each.failed = away, failed
            return
        for each, outcome in zip(batch, outcomes, strict=True):
            each.outcome = outcome

    def _handle(self, events: Sequence[Event]) -> Sequence[Outcome]:
        return HANDLERS[self.queue].handle(hasty(self.context), events)
