"""Dead letters: the one way in which a message that cannot be applied is put aside, and how a person decides."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace as with_fields

import orjson

from broker.delivery import Delivery
from domain.access.act import Act
from messages.binary import is_binary
from messages.read import Event, Unreadable, read
from store.access.audit_log import add_act
from store.dead_letters import (
    DeadLetter,
    discard_dead_letter,
    replay_dead_letter,
    save_dead_letters,
    send_instead,
)
from store.dead_letters import UnableToResolve as UnableToResolve
from store.engine import Session
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


def acting(context: Context, act: Act) -> Context:
    """Return a context whose transactions each write a line of the audit log with what they do."""

    def add_line(session: Session) -> None:
        add_act(session, act, at=context.clock())

    return with_fields(context, along=add_line)


def resubmit(context: Context, letter_id: int, body: bytes, *, reason: str, by: str) -> str:
    """
    Send a corrected message in place of a dead letter: a new message with an id of its own, for nothing tells which
    effects the old one might have had. The letter is discarded and names it.

    Args:
        context: what handlers need.
        letter_id: of the letter.
        body: one event in structured mode; its id is replaced.
        reason: why it was changed.
        by: who decided it.

    Returns:
        The id of the new message.

    Raises:
        UnableToResolve: there is no such letter, it was decided about, it is no event of its queue, or there is no
            reason.
    """
    message_id = f"edited-{letter_id}-{uuid.uuid4().hex[:12]}"
    check = _checked(body, message_id)

    def work(session: Session) -> None:
        letter = discard_dead_letter(session, letter_id, reason=reason, by=by, now=context.clock())
        send_instead(session, letter, message_id, check(letter.queue))

    context.transact(work)
    return message_id


def _checked(body: bytes, message_id: str) -> Callable[[str], bytes]:
    """Return what makes the bytes of the new message, by the queue that is to take it."""

    def check(queue: str) -> bytes:
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise UnableToResolve(f"this is no JSON: {error}") from error
        if not isinstance(event, dict):
            raise UnableToResolve("one event is wanted, as a JSON object; send the others of an array by themselves")
        edited = orjson.dumps(event | {"id": message_id})
        [item] = read(edited, queue=queue)
        if not isinstance(item, Event):
            raise UnableToResolve(f"queue {queue} would not take it: {item.reason}")
        return edited

    return check
