"""Queue `minute-usage`: usage, requests to spend, corrections, grants and account news, in batches."""

from collections.abc import Sequence

from messages.read import Event
from workers.context import Context
from workers.minutes.batch import apply_batch
from workers.outcome import Outcome


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Apply events in their order and return what became of each.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    return apply_batch(context, events)
