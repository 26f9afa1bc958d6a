"""Queue `minute-usage`: usage, corrections, grants and account news, applied in batches."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from boot.wiring import utc_now
from broker.delivery import DeliveriesFailed, Delivery
from broker.middleware import GiveBack
from domain.minutes.rules import Rules
from messages.queues import MINUTE_USAGE
from messages.read import Event, read
from store.engine import Engine
from workers.lanes import Lanes
from workers.minutes.batch import Item, apply
from workers.minutes.booking import TooEarly
from workers.outcome import Result
from workers.transact import persistently

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UsageWorker:
    """Takes deliveries of the queue and applies what is in them."""

    engine: Engine
    rules: Rules
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], datetime] = utc_now
    lanes: Lanes = field(default_factory=Lanes)

    def take(self, deliveries: Sequence[Delivery]) -> None:
        """
        Apply some deliveries together; if one of them cannot be applied, each event by itself.

        Raises:
            DeliveriesFailed: some could not be applied; all others are.
            GiveBack: the process is ending while the database is away; nothing is lost.
        """
        items = [
            (position, item)
            for position, delivery in enumerate(deliveries)
            for item in read(delivery.body, queue=MINUTE_USAGE)
        ]
        failures: dict[int, BaseException] = {}
        for part in self.lanes.through((_account(item), (position, item)) for position, item in items):
            try:
                failures |= self._apply(part)
            except GiveBack:
                raise
            except Exception:
                log.exception("a batch of %d events failed; each is tried by itself", len(part))
                failures |= self._apply_one_by_one(part)
        if failures:
            raise DeliveriesFailed(failures)

    def _apply(self, items: Sequence[tuple[int, Item]]) -> dict[int, BaseException]:
        outcomes = persistently(
            lambda: apply(self.engine, [item for _, item in items], rules=self.rules, now=self.clock()),
            stopping=self.stopping,
        )
        return {
            position: TooEarly(outcome.reason)
            for (position, _), outcome in zip(items, outcomes, strict=True)
            if outcome.result is Result.TOO_EARLY
        }

    def _apply_one_by_one(self, items: Sequence[tuple[int, Item]]) -> dict[int, BaseException]:
        failures: dict[int, BaseException] = {}
        for position, item in items:
            try:
                failures |= self._apply([(position, item)])
            except GiveBack:
                raise
            except Exception as error:
                log.exception("an event failed by itself")
                failures[position] = error
        return failures


def _account(item: Item) -> str:
    return item.envelope.subject if isinstance(item, Event) else ""
