"""The consume loop: the same for every queue, with one way to dead-letter."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from boot.logs import doing
from broker.delivery import MAX_REDELIVERIES, DeliveriesFailed, Delivery
from broker.middleware import GiveBack
from messages.errors import MessageRejected, Unavailable
from messages.read import Event, Unreadable, read, read_message
from messages.registry import ADMITTED, EXCHANGES_OF
from store.dead_letters import DeadLetter
from workers.context import Context
from workers.dead_letters import dead_letter_all, unanswered_letter, unreadable_letter, with_properties
from workers.lanes import Lanes
from workers.measures import count_handled, count_others
from workers.outcome import Outcome, Result
from workers.traced import handling

log = logging.getLogger(__name__)

Handle = Callable[[Context, Sequence[Event]], Sequence[Outcome]]
"""
Handles events and returns what became of each, in their order.

It raises `Unavailable` when something outside gave no answer, and anything else for a bug; then nothing that it was
given counts as done, and handling it again is harmless.
"""


_NOTHING: frozenset[str] = frozenset()


class TooEarly(Unavailable):
    """A message came before the one that it is about; it is tried again a little later."""


class Positioned(NamedTuple):
    """An event, and the position and the exchange of its delivery in the call."""

    position: int
    event: Event
    exchange: str


PositionedLetter = tuple[int, DeadLetter]
"""The position of a delivery in the call, and what is to be dead-lettered of it."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """
    Consumes the deliveries of one queue.

    Events go to `handle` together as far as `lanes` lets them, or one by one without lanes. An event that cannot be
    handled hurts nobody else: its batch is tried again event by event.
    """

    context: Context
    queue: str
    handle: Handle
    lanes: Lanes | None = None

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        """
        Handle some deliveries.

        Raises:
            DeliveriesFailed: some are to be tried again; all others are done.
            GiveBack: the process is ending while the database is away; nothing is lost.
        """
        events: list[Positioned] = []
        letters: list[PositionedLetter] = []
        for position, delivery in enumerate(deliveries):
            if delivery.redeliveries >= MAX_REDELIVERIES:
                letters.append((position, unanswered_letter(delivery)))
                continue
            admitted = ADMITTED.get(delivery.exchange, _NOTHING)
            for item in self._read(delivery):
                if isinstance(item, Unreadable):
                    letters.append((position, unreadable_letter(delivery, item)))
                elif item.envelope.type in admitted:
                    events.append(Positioned(position, item, delivery.exchange))
                else:
                    letters.append((position, self._not_admitted(item, delivery.exchange)))
        failures: dict[int, BaseException] = {}
        for batch in self._batches(events):
            with doing(partial(_named, self.queue, batch)):
                failures |= self._handle_batch(batch, letters)
        dead_letter_all(self.context, [with_properties(letter, deliveries[position]) for position, letter in letters])
        count_others(self.queue, dead_lettered=len(letters), retried=len(failures))
        if failures:
            raise DeliveriesFailed(failures)

    def _read(self, delivery: Delivery) -> list[Event | Unreadable]:
        if b"cloudEvents" not in delivery.properties:
            # In structured mode, as nearly all are: nothing else of its properties is of interest.
            items = read(delivery.body, queue=self.queue)
            if not any(isinstance(item, Unreadable) for item in items):
                return items
        # Its headers make an event of the body, or explain why there is none.
        found = delivery.read_properties()
        return read_message(delivery.body, queue=self.queue, content_type=found.content_type, headers=found.headers)

    def _batches(self, events: Iterable[Positioned]) -> Iterator[list[Positioned]]:
        if self.lanes is None:
            return ([each] for each in events)
        return self.lanes.through((each.event.envelope.subject, each) for each in events)

    def _handle_batch(self, batch: Sequence[Positioned], letters: list[PositionedLetter]) -> dict[int, BaseException]:
        try:
            events = [each.event for each in batch]
            with handling(self.queue, events):
                outcomes = self.handle(self.context, events)
        except GiveBack:
            raise
        except MessageRejected as error:
            if len(batch) > 1:
                return self._handle_one_by_one(batch, letters)
            letters.append((batch[0].position, self._rejected(batch[0], error.code, error.reason)))
            return {}
        except Unavailable as error:
            return {each.position: error for each in batch}
        except Exception as error:
            if len(batch) > 1:
                log.exception("a batch of %d events on %s failed; each is tried by itself", len(batch), self.queue)
                return self._handle_one_by_one(batch, letters)
            log.exception("an event on %s failed", self.queue)
            return {batch[0].position: error}
        count_handled(self.queue, events, outcomes, now=self.context.clock())
        failures: dict[int, BaseException] = {}
        for each, outcome in zip(batch, outcomes, strict=True):
            if outcome.result is Result.REJECTED:
                letters.append((each.position, self._rejected(each, outcome.code or "Rejected", outcome.reason)))
            elif outcome.result is Result.TOO_EARLY:
                failures[each.position] = TooEarly(outcome.reason)
        return failures

    def _handle_one_by_one(
        self, batch: Sequence[Positioned], letters: list[PositionedLetter]
    ) -> dict[int, BaseException]:
        failures: dict[int, BaseException] = {}
        for each in batch:
            failures |= self._handle_batch([each], letters)
        return failures

    def _not_admitted(self, event: Event, exchange: str) -> DeadLetter:
        kind = event.envelope.type
        log.warning("a %s came through exchange %s and does not count", kind, exchange)
        reason = f"{kind} came through exchange {exchange}; it counts only through {' or '.join(EXCHANGES_OF[kind])}"
        return self._rejected(Positioned(0, event, exchange), "WrongExchange", reason)

    def _rejected(self, rejected: Positioned, code: str, reason: str) -> DeadLetter:
        event = rejected.event
        envelope = event.envelope
        return DeadLetter(
            "quarantined",
            self.queue,
            code,
            reason,
            event.body,
            envelope.source,
            envelope.id,
            traceparent=envelope.traceparent,
            exchange=rejected.exchange,
        )


_NAMED_IN_A_LINE = 5


def _named(queue: str, batch: Sequence[Positioned]) -> Mapping[str, Any]:
    """Say in a line of the log which messages were being handled."""
    ids = [each.event.envelope.id for each in batch[:_NAMED_IN_A_LINE]]
    return {"queue": queue, "messages": ids, "message_count": len(batch)}
