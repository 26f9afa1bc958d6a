"""Messages that were set aside: kept with their bytes, shown, replayed, discarded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import text
from sqlmodel import Session, col, select

from messages.queues import QUEUES
from store.outbox import Outgoing, put_outgoing
from store.tables import DeadLetterRow

Via = Literal["quarantined", "dead_lettered"]
State = Literal["waiting", "replayed", "discarded"]


class UnableToResolve(ValueError):
    """There is no such dead letter, or it has been decided about in another way."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message to be set aside, with its bytes and one sentence of reason."""

    via: Via
    queue: str
    code: str
    reason: str
    body: bytes
    source: str | None = None
    event_id: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)


_KEEP = text("""
    INSERT INTO dead_letter (via, queue, code, reason, source, event_id, body, body_sha256, headers)
    VALUES (:via, :queue, :code, :reason, :source, :event_id, :body, :body_sha256, CAST(:headers AS jsonb))
    ON CONFLICT (queue, body_sha256) WHERE state = 'waiting' DO UPDATE
    SET seen = dead_letter.seen + 1, last_seen_at = now()
""")


def save_dead_letters(session: Session, letters: Sequence[DeadLetter]) -> None:
    """Keep messages until a person decides; bytes that wait already are only counted again."""
    # In one order for everybody, as with every lock; `(queue, body_sha256)` is what is waited for.
    hashed = [(hashlib.sha256(letter.body).digest(), letter) for letter in letters]
    for sha256, letter in sorted(hashed, key=lambda pair: (pair[1].queue, pair[0])):
        session.execute(
            _KEEP,
            {
                "via": letter.via,
                "queue": letter.queue,
                "code": letter.code,
                "reason": _storable(letter.reason),
                "source": letter.source and _storable(letter.source),
                "event_id": letter.event_id and _storable(letter.event_id),
                "body": letter.body,
                "body_sha256": sha256,
                "headers": _storable_json(letter.headers),
            },
        )


def find_dead_letters(
    session: Session, *, state: State | None = "waiting", queue: str | None = None, limit: int = 50
) -> list[DeadLetterRow]:
    """Return dead letters, the newest first; `state` None is all of them."""
    wanted = select(DeadLetterRow).order_by(col(DeadLetterRow.id).desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(DeadLetterRow.state == state)
    if queue is not None:
        wanted = wanted.where(DeadLetterRow.queue == queue)
    return list(session.exec(wanted))


def count_waiting(session: Session) -> int:
    """Return how many dead letters wait for a decision."""
    count: int = session.execute(text("SELECT count(*) FROM dead_letter WHERE state = 'waiting'")).scalar_one()
    return count


def get_dead_letter(session: Session, letter_id: int, *, to_change: bool = False) -> DeadLetterRow:
    """
    Return one dead letter; one that is to be changed is locked until the end of the transaction.

    Raises:
        UnableToResolve: there is none with this id.
    """
    letter = session.get(DeadLetterRow, letter_id, with_for_update=to_change)
    if letter is None:
        raise UnableToResolve(f"there is no dead letter {letter_id}; `billing dead-letters list` shows them")
    return letter


def replay_dead_letter(session: Session, letter_id: int, *, by: str, now: datetime) -> DeadLetterRow:
    """
    Send a dead letter again, with the bytes it came with.

    Doing this twice is harmless: the message has the id it always had, so the inbox applies it once.

    Raises:
        UnableToResolve: there is none with this id, or it was discarded.
    """
    letter = get_dead_letter(session, letter_id, to_change=True)
    if letter.state == "discarded":
        raise UnableToResolve(
            f"dead letter {letter_id} was discarded by {letter.resolved_by} ({letter.resolution}); "
            "what was discarded is not sent again"
        )
    put_outgoing(
        session, Outgoing(QUEUES[letter.queue].exchange, letter.queue, f"dead-letter-{letter_id}", letter.body)
    )
    letter.state, letter.resolved_at, letter.resolved_by = "replayed", now, by
    return letter


def discard_dead_letter(session: Session, letter_id: int, *, reason: str, by: str, now: datetime) -> DeadLetterRow:
    """
    Decide that a dead letter will never be applied; its bytes are kept.

    Raises:
        UnableToResolve: there is none with this id, it was decided about before, or no reason is given.
    """
    if not reason.strip():
        raise UnableToResolve("discarding wants a reason, for whoever asks later")
    letter = get_dead_letter(session, letter_id, to_change=True)
    if letter.state != "waiting":
        raise UnableToResolve(f"dead letter {letter_id} is {letter.state} already")
    letter.state, letter.resolved_at, letter.resolved_by = "discarded", now, by
    letter.resolution = reason
    return letter


def _storable(shown: str) -> str:
    # PostgreSQL's text refuses NUL, and its jsonb the escape of it; the untouched bytes are in `body`.
    # Half a surrogate pair, which JavaScript makes of a cut emoji, is no text for it either.
    return shown.replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode()


def _storable_json(value: object) -> str:
    try:
        written = orjson.dumps(value, default=str).decode()
    except orjson.JSONEncodeError as error:
        # Headers are for whoever looks into it; a letter is not to be lost over them.
        written = orjson.dumps({"left_out": str(error)}).decode()
    return written.replace("\\u0000", "\\ufffd")
