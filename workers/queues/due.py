"""Queue `due`: reminders from the scheduler. Each handles whatever is due now, so a missed one is made up."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from boot.wiring import utc_now
from broker.delivery import Delivery
from domain.minutes.rules import Rules
from messages.minutes.reminders import ExpirySweepRequested
from messages.queues import DUE
from messages.read import Event, Unreadable, read
from store.dead_letters import DeadLetter, save_dead_letters
from store.engine import Engine
from store.transaction import transaction
from workers.minutes.expire import sweep
from workers.transact import persistently

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DueWorker:
    """Takes reminders and does what is due."""

    engine: Engine
    rules: Rules
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], datetime] = utc_now

    def take(self, deliveries: Sequence[Delivery]) -> None:
        """
        Do what each reminder is about.

        Raises:
            GiveBack: the process is ending while the database is away.
        """
        for delivery in deliveries:
            for item in read(delivery.body, queue=DUE):
                persistently(lambda item=item: self._do(item), stopping=self.stopping)  # type: ignore[misc]

    def _do(self, item: Event | Unreadable) -> None:
        if isinstance(item, Unreadable):
            with transaction(self.engine) as session:
                save_dead_letters(session, [DeadLetter("quarantined", DUE, item.code, item.reason, item.body)])
            return
        match item.envelope:
            case ExpirySweepRequested():
                swept = sweep(self.engine, item, rules=self.rules, now=self.clock())
                if swept.told or swept.booked:
                    log.info("expiry sweep: %d ends told, %d rests booked", swept.told, swept.booked)
            case other:
                raise TypeError(f"no work is known for {other.type}")
