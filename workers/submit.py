"""Submitting: handing in a message here and now and waiting for its answer, by the very handler that the queue runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from boot.logs import doing
from boot.traces import traceparent_now
from messages.envelope import Envelope
from messages.errors import MessageRejected
from messages.read import Event, Unreadable, read
from messages.registry import QUEUE_OF
from messages.write import with_traceparent, write
from workers.context import Context
from workers.outcome import Outcome, Result
from workers.queues.handlers import HANDLERS
from workers.traced import handling

PATIENCE_SECONDS = 5.0
"""A person waits at the other end; a conflict is over by then, and a store that is away is reported."""


@dataclass(frozen=True, slots=True)
class Submission:
    """
    A message to hand in.

    `data` without its empty fields is the payload; `source` and `id` are its key: the same twice has one effect, and
    the second gets the first answer. `at` is the moment it is about; the moment of handing in if left out. A message
    about no account has no `account_id`.
    """

    model: type[Envelope]
    account_id: str | None
    data: Mapping[str, Any]
    source: str
    id: str = field(default_factory=lambda: str(uuid4()))
    at: datetime | None = None


def submit(context: Context, submission: Submission) -> Outcome:
    """
    Hand in a message and return what became of it.

    Same claim, same transaction, same answer as from the queue. A message that is wrong is answered and leaves
    nothing behind: there is a caller who hears of it, so no dead letter is needed.

    Args:
        context: what handlers need; its patience with the store is cut to some seconds.
        submission: the message.

    Raises:
        MessageRejected: a value in it is wrong, its id was used for something else, or it comes too early.
        Unavailable: a gateway or the store gave no answer; submitting it again with the same id is harmless.
    """
    queue = QUEUE_OF[submission.model]
    event = read_event(submission, queue, now=context.clock())
    with handling(queue, [event]), doing(partial(_named, queue, event)):
        [outcome] = HANDLERS[queue].handle(hasty(context), [event])
    return accepted(outcome)


def submit_many(context: Context, submissions: Sequence[Submission]) -> list[Outcome | MessageRejected]:
    """
    Hand in messages of one queue together, and return what became of each, in their order; a wrong one hurts no other.

    Raises:
        Unavailable: the store gave no answer; submitting them again with the same ids is harmless.
    """
    queue, now = QUEUE_OF[submissions[0].model], context.clock()
    answers: list[Outcome | MessageRejected] = []
    events: list[Event] = []
    places: list[int] = []
    for submission in submissions:
        try:
            events.append(read_event(submission, queue, now=now))
        except MessageRejected as error:
            answers.append(error)
        else:
            places.append(len(answers))
            answers.append(MessageRejected("Unanswered", ""))
    for place, outcome in zip(places, HANDLERS[queue].handle(hasty(context), events) if events else (), strict=True):
        try:
            answers[place] = accepted(outcome)
        except MessageRejected as error:
            answers[place] = error
    return answers


def hasty(context: Context) -> Context:
    """Return a context for a message that somebody waits for: its patience with the store is cut."""
    return replace(context, patience_seconds=min(context.patience_seconds, PATIENCE_SECONDS))


def accepted(outcome: Outcome) -> Outcome:
    """
    Return an outcome that is an answer.

    Raises:
        MessageRejected: the message was wrong, or came too early.
    """
    if outcome.result in (Result.REJECTED, Result.TOO_EARLY):
        raise MessageRejected(outcome.code or "Rejected", outcome.reason)
    return outcome


def read_event(submission: Submission, queue: str, *, now: datetime) -> Event:
    """
    Return a message as it would come off its queue.

    Raises:
        MessageRejected: a value in it is wrong.
    """
    given = {name: value for name, value in submission.data.items() if value is not None}
    try:
        _, body = write(
            submission.model,
            given,
            at=submission.at or now,
            subject=submission.account_id,
            message_id=submission.id,
            source=submission.source,
        )
    except TypeError as error:  # JSON of ours holds no integer of more than 64 bits
        raise MessageRejected("Invalid", f"a value cannot be written: {error}") from error
    # It belongs to the trace of the request that hands it in, and so does what follows from it.
    body = with_traceparent(body, traceparent_now())
    # Without a moment of its own a repeat cannot name the first one's, so the moment does not count as content.
    [event] = read(body, queue=queue, hashes_time=submission.at is not None)
    if isinstance(event, Unreadable):
        raise MessageRejected(event.code, event.reason)
    return event


def _named(queue: str, event: Event) -> Mapping[str, Any]:
    return {"queue": queue, "messages": [event.envelope.id], "message_count": 1}
