"""Reminders: one tick of the scheduler becomes one message."""

from datetime import datetime

from messages.envelope import Envelope
from messages.queues import INTERNAL
from messages.registry import QUEUE_OF
from messages.write import write
from store.engine import Engine
from store.outbox import Outgoing, put_outgoing
from store.slots import claim_slot
from store.transaction import transaction


def remind(engine: Engine, model: type[Envelope], *, job: str, slot: datetime) -> bool:
    """
    Turn one tick of the scheduler into one reminder on the queue that its contract names.

    Args:
        engine: the store.
        model: the reminder's contract; its data is empty.
        job: the name of the tick.
        slot: aware UTC start of the tick's interval; the same for every scheduler.

    Returns:
        False when another scheduler has done so already.
    """
    with transaction(engine) as session:
        if not claim_slot(session, job, slot):
            return False
        message_id, body = write(model, {}, at=slot, message_id=f"{job}-{slot.isoformat()}")
        put_outgoing(session, Outgoing(INTERNAL, QUEUE_OF[model], message_id, body))
        return True
