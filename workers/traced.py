"""Spans of what workers do: messages that are handled, one by one or together."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from boot.traces import span
from messages.read import Event


def handling(queue: str, events: Sequence[Event]) -> AbstractContextManager[None]:
    """
    Return the block in which messages of a queue are handled in one transaction.

    One span for all of them: it belongs to their trace if they have one in common, and names theirs if not.
    """
    attributes = {
        "messaging.system": "rabbitmq",
        "messaging.operation.type": "process",
        "messaging.destination.name": queue,
        "messaging.batch.message_count": len(events),
    }
    if len(events) == 1:
        # Not its id: producers make ids of what they like, an account's among it.
        attributes["cloudevents.event_type"] = events[0].envelope.type
    causes = {event.envelope.traceparent for event in events}
    return span(f"handle {queue}", kind="consumer", causes=causes, is_batch=len(events) > 1, attributes=attributes)
