"""Dead letters: the one way in which a message that cannot be applied is put aside, and how a person decides."""

from collections.abc import Sequence
from dataclasses import replace as with_fields

from broker.delivery import Delivery
from messages.binary import is_binary
from messages.read import Unreadable
from store.dead_letters import DeadLetter, discard_dead_letter, replay_dead_letter, save_dead_letters
from store.tables import DeadLetterRow
from workers.context import Context


def dead_letter_all(context: Context, letters: Sequence[DeadLetter]) -> None:
    """
    Put messages among the dead letters, with their bytes and reasons; repeated bytes are only counted.

    Raises:
        GiveBack: the process is ending while the database is away.
    """
    if letters:
        context.transact(lambda session: save_dead_letters(session, letters))


def unreadable_letter(delivery: Delivery, item: Unreadable) -> DeadLetter:
    """Return the dead letter of bytes that are no event."""
    return DeadLetter(
        "quarantined",
        delivery.queue,
        item.code,
        item.reason,
        item.body,
        item.source,
        item.message_id,
        traceparent=item.traceparent,
        exchange=delivery.exchange,
    )


def unanswered_letter(delivery: Delivery) -> DeadLetter:
    """Return the dead letter of a delivery that ended every worker that had it; it is not read once more."""
    reason = (
        f"it was delivered {delivery.redeliveries} times and never answered: each time the worker that had it ended, "
        "or lost its connection, before it was done"
    )
    return DeadLetter("quarantined", delivery.queue, "NeverAnswered", reason, delivery.body, exchange=delivery.exchange)


def with_properties(letter: DeadLetter, delivery: Delivery) -> DeadLetter:
    """Return a dead letter with the headers and properties of its delivery; in binary mode, with its own bytes, too."""
    found = delivery.read_properties()
    body = delivery.body if is_binary(found.content_type, found.headers) else letter.body
    return with_fields(letter, body=body, headers=found.headers, properties=found.values)


def replay(context: Context, letter_id: int, *, by: str, exchange: str | None = None) -> DeadLetterRow:
    """
    Publish a dead letter again, with the bytes it came with, to the queue it came from.

    Args:
        context: what handlers need.
        letter_id: its number.
        by: who decided it.
        exchange: through which it is published; left out, the one it came through, where that is certain.

    Raises:
        UnableToResolve: there is none with this id, it was discarded, or the exchange is wrong or must be named.
    """
    return context.transact(
        lambda session: replay_dead_letter(session, letter_id, by=by, now=context.clock(), exchange=exchange)
    )


def discard(context: Context, letter_id: int, *, reason: str, by: str) -> DeadLetterRow:
    """
    Decide that a dead letter will never be applied; its bytes stay.

    Raises:
        UnableToResolve: there is none with this id, it was decided about before, or no reason is given.
    """
    return context.transact(
        lambda session: discard_dead_letter(session, letter_id, reason=reason, by=by, now=context.clock())
    )
