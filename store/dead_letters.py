"""Dead letters: stored with their bytes, listed, replayed, discarded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain.ids import message_key
from messages.binary import UnableToConvert, as_structured, is_binary
from messages.queues import QUEUES
from store.count import Count, count_up_to
from store.outbox import Outgoing, put_outgoing
from store.tables import DeadLetterRow

Via = Literal["quarantined", "dead_lettered"]
State = Literal["waiting", "replayed", "discarded"]


MAX_EXCHANGE_LENGTH = 255
"""As AMQP bounds a name."""


class UnableToResolve(ValueError):
    """There is no such dead letter, or it has been decided about in another way."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """
    A message to dead-letter, with its bytes and one sentence of reason.

    `exchange` is the one that it came through, by which its replay goes: what it may do depends on that.
    """

    via: Via
    queue: str
    code: str
    reason: str
    body: bytes = field(repr=False)
    source: str | None = None
    event_id: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)
    traceparent: str | None = None
    exchange: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeadLetterLine:
    """A dead letter in a list, without its bytes; `replayed_key` names in the inbox what its replay published."""

    id: int
    via: str
    queue: str
    exchange: str
    code: str
    reason: str
    source: str | None
    event_id: str | None
    headers: dict[str, Any] | None
    properties: dict[str, Any] | None
    traceparent: str | None
    seen: int
    state: str
    first_seen_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    replayed_key: str | None


_LINE = tuple(getattr(DeadLetterRow, each.name) for each in fields(DeadLetterLine))


def save_dead_letters(session: Session, letters: Sequence[DeadLetter]) -> None:
    """Store messages until a person decides; bytes that wait already, with the same headers, are only counted again."""
    # In one order for everybody, as with every lock; `(queue, exchange, content_sha256)` is what is waited for.
    hashed = [(_content_sha256(letter), letter) for letter in letters]
    for sha256, letter in sorted(hashed, key=lambda pair: (pair[1].queue, pair[0])):
        values = {each.name: getattr(letter, each.name) for each in fields(letter)} | {
            "content_sha256": sha256,
            # The broker's account of a death may be of the producer's making: `x-death` is a header like others.
            "code": _storable(letter.code),
            "exchange": _storable(letter.exchange)[:MAX_EXCHANGE_LENGTH],
            "reason": _storable(letter.reason),
            "source": letter.source and _storable(letter.source),
            "event_id": letter.event_id and _storable(letter.event_id),
            "headers": orjson.loads(_storable_json(letter.headers)),
            "properties": orjson.loads(_storable_json(letter.properties)),
            "traceparent": letter.traceparent and _storable(letter.traceparent),
        }
        again = {"seen": DeadLetterRow.seen + 1, "last_seen_at": func.now()}
        waiting = [col(DeadLetterRow.queue), col(DeadLetterRow.exchange), col(DeadLetterRow.content_sha256)]
        session.execute(
            insert(DeadLetterRow)
            .values(**values)
            .on_conflict_do_update(
                index_elements=waiting, index_where=col(DeadLetterRow.state) == "waiting", set_=again
            )
        )


def find_dead_letters(
    session: Session,
    *,
    state: State | None = "waiting",
    queue: str | None = None,
    limit: int = 50,
    before: int | None = None,
) -> list[DeadLetterLine]:
    """Return dead letters, the newest first; `state` None is all of them, `before` the last id of the page before."""
    wanted = select(*_LINE).order_by(col(DeadLetterRow.id).desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(DeadLetterRow.state == state)
    if queue is not None:
        wanted = wanted.where(DeadLetterRow.queue == queue)
    if before is not None:
        wanted = wanted.where(col(DeadLetterRow.id) < before)
    return [DeadLetterLine(**row) for row in session.execute(wanted).mappings()]


def count_waiting(session: Session) -> Count:
    """Return how many dead letters wait for a decision."""
    return count_up_to(session, select(DeadLetterRow.id).where(DeadLetterRow.state == "waiting"))


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


def replay_dead_letter(
    session: Session, letter_id: int, *, by: str, now: datetime, exchange: str | None = None
) -> DeadLetterRow:
    """
    Send a dead letter again, with the bytes it came with; the letter notes the inbox key by which it is found.

    Doing this twice is harmless: the message has the id it always had, so the inbox applies it once.

    Args:
        session: of the transaction.
        letter_id: its number.
        by: who decided it.
        now: the moment of the decision.
        exchange: where it is published, and so what it may do; left out, the one that it came through.

    Raises:
        UnableToResolve: there is none with this id, it was discarded, it is no event even in binary mode, its queue
            is not fed by the exchange, or a person must say through which one it came.
    """
    letter = get_dead_letter(session, letter_id, to_change=True)
    if letter.state == "discarded":
        raise UnableToResolve(
            f"dead letter {letter_id} was discarded by {letter.resolved_by} ({letter.resolution}); "
            "what was discarded is not sent again"
        )
    replay = Outgoing(
        _exchange_to_replay(letter, exchange),
        letter.queue,
        f"dead-letter-{letter_id}",
        _body_to_replay(letter),
        letter.traceparent,
    )
    put_outgoing(session, replay)
    letter.state, letter.resolved_at, letter.resolved_by = "replayed", now, by
    if letter.source and letter.event_id:
        letter.replayed_key = str(UUID(bytes=message_key(letter.source, letter.event_id)))
    return letter


def _exchange_to_replay(letter: DeadLetterRow, named: str | None) -> str:
    exchanges = QUEUES[letter.queue].exchanges
    if named is not None:
        if named not in exchanges:
            raise UnableToResolve(f"queue {letter.queue} is fed by {' and '.join(exchanges)}, not by {named}")
        return named
    # Where the exchange is not known, the one whose users may do least.
    came_through = letter.exchange or exchanges[0]
    if letter.via == "quarantined" and came_through in exchanges:
        return came_through
    # The broker wrote it into `x-death`, which a producer can write as well; so it grants no right by itself.
    if came_through == exchanges[0] or len(exchanges) == 1:
        return exchanges[0]
    raise UnableToResolve(
        f"dead letter {letter.id} seems to have come through {came_through!r}, which a producer can forge; look at it, "
        f"and say --exchange {' or '.join(exchanges)}"
    )


def _body_to_replay(letter: DeadLetterRow) -> bytes:
    # The outbox carries no headers, so what came in binary mode goes out in structured mode: the same event.
    content_type, headers = (letter.properties or {}).get("content_type"), letter.headers or {}
    if not is_binary(content_type, headers):
        return letter.body
    try:
        return as_structured(content_type, headers, bytes(letter.body))
    except UnableToConvert as error:
        raise UnableToResolve(f"dead letter {letter.id} cannot be sent again: in binary mode, {error}") from error


def send_instead(session: Session, letter: DeadLetterRow, message_id: str, body: bytes) -> None:
    """
    Send another message in place of a dead letter that was discarded just now, and name it in the letter.

    Raises:
        UnableToResolve: a person must say through which exchange the letter came.
    """
    letter.resolution = f"{letter.resolution} (sent corrected as {message_id})"
    exchange = _exchange_to_replay(letter, None)
    put_outgoing(session, Outgoing(exchange, letter.queue, message_id, body, letter.traceparent))


def discard_dead_letter(session: Session, letter_id: int, *, reason: str, by: str, now: datetime) -> DeadLetterRow:
    """
    Decide that a dead letter will never be applied; its bytes stay.

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


_TRACES = frozenset({"traceparent", "tracestate", "baggage"})


def _content_sha256(letter: DeadLetter) -> bytes:
    # A message in binary mode has its id in the headers. The broker's own headers differ from death to death, and
    # a repeat may come with another trace.
    own = {name: value for name, value in letter.headers.items() if not name.startswith("x-") and name not in _TRACES}
    hashed = hashlib.sha256(letter.body)
    if own:
        hashed.update(_storable_json(dict(sorted(own.items()))).encode())
    return hashed.digest()


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
