"""Queue `due`: reminders from the scheduler. Each handles whatever is due now, so a missed one is made up for."""

import logging
from collections.abc import Sequence

from messages.minutes.reminders import ExpirySweepRequested
from messages.read import Event
from workers.context import Context
from workers.minutes.expire import sweep
from workers.outcome import Outcome, answered

log = logging.getLogger(__name__)


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Do what each reminder asks for.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    for event in events:
        match event.envelope:
            case ExpirySweepRequested():
                swept = sweep(context, event)
                if swept.announced or swept.booked:
                    log.info("expiry sweep: %d ends announced, %d rests booked", swept.announced, swept.booked)
            case other:
                raise TypeError(f"queue due has no handler for {other.type}")
    return [answered(event, {}) for event in events]
