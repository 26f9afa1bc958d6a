"""Queue `webhook`: hints from gateways; the object is read again and then applied."""

from collections.abc import Sequence

from messages.read import Event
from workers.context import Context
from workers.outcome import Outcome, answered
from workers.payments.webhook import receive


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Save webhooks and apply what they hint at.

    Raises:
        MessageRejected: the bytes of one cannot be read.
        Unavailable: the gateway gave no answer; the webhook is saved, and repeating is harmless.
    """
    return [answered(event, {"state": receive(context, event)}) for event in events]
