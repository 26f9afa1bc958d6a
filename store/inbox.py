"""The inbox: claiming messages by their key, so that each has one effect."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import text
from sqlmodel import Session

from store.arrays import array, numbers


class Key(NamedTuple):
    """What names a message for ever: CloudEvents' source and id."""

    source: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that wants to be applied; `sha256` is the hash of its content, 32 bytes."""

    key: Key
    type: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message that asked was told, yes or no."""

    said: dict[str, Any]
    is_refusal: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A message that was applied or refused before, and what it was told."""

    message_id: int
    sha256: bytes
    outcome: str
    answer: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Claims:
    """Which of the arrivals are new, with the id each got, and which are known."""

    fresh: dict[Key, int]
    known: dict[Key, Known]


_CLAIM = text("""
    INSERT INTO inbox (source, event_id, type, sha256)
    SELECT source, event_id, type, decode(sha256, 'hex')
    FROM unnest(CAST(:sources AS text[]), CAST(:event_ids AS text[]),
                CAST(:types AS text[]), CAST(:hashes AS text[])) AS arrival (source, event_id, type, sha256)
    ON CONFLICT (source, event_id) DO NOTHING
    RETURNING id, source, event_id
""")

_KNOWN = text("""
    SELECT inbox.id, inbox.source, inbox.event_id, inbox.sha256, inbox.outcome, inbox.answer
    FROM unnest(CAST(:sources AS text[]), CAST(:event_ids AS text[])) AS wanted (source, event_id)
    JOIN inbox USING (source, event_id)
""")

_ANSWER = text("""
    UPDATE inbox SET outcome = given.outcome, answer = CAST(given.answer AS jsonb)
    FROM unnest(CAST(:ids AS bigint[]), CAST(:outcomes AS text[]), CAST(:answers AS text[]))
         AS given (id, outcome, answer)
    WHERE inbox.id = given.id
""")


def claim(session: Session, arrivals: Iterable[Arrival]) -> Claims:
    """
    Claim messages for this transaction.

    A message that another transaction is applying right now is waited for. What is
    claimed here and then fails is free again with the rollback.

    Args:
        session: the transaction that will hold the effect as well.
        arrivals: each key once.
    """
    # In one order for everybody: two transactions with the same repeats then wait, and never in a circle.
    wanted = {arrival.key: arrival for arrival in sorted(arrivals, key=lambda arrival: arrival.key)}
    if not wanted:
        return Claims({}, {})
    rows = session.execute(
        _CLAIM,
        {
            "sources": array(key.source for key in wanted),
            "event_ids": array(key.event_id for key in wanted),
            "types": array(arrival.type for arrival in wanted.values()),
            "hashes": array(arrival.sha256.hex() for arrival in wanted.values()),
        },
    )
    fresh = {Key(source, event_id): message_id for message_id, source, event_id in rows}
    repeated = [key for key in wanted if key not in fresh]
    return Claims(fresh, known(session, repeated) if repeated else {})


def known(session: Session, keys: Sequence[Key]) -> dict[Key, Known]:
    """Return those of the messages that were applied or refused before."""
    rows = session.execute(
        _KNOWN,
        {"sources": array(key.source for key in keys), "event_ids": array(key.event_id for key in keys)},
    )
    return {
        Key(source, event_id): Known(message_id, bytes(sha256), outcome, answer)
        for message_id, source, event_id, sha256, outcome, answer in rows
    }


def keep_answers(session: Session, answers: Mapping[int, Answer]) -> None:
    """Keep what claimed messages were told, by message id, for their repeats."""
    if answers:
        session.execute(
            _ANSWER,
            {
                "ids": numbers(answers),
                "outcomes": array("refused" if answer.is_refusal else "applied" for answer in answers.values()),
                "answers": array(orjson.dumps(answer.said).decode() for answer in answers.values()),
            },
        )


def release(session: Session, message_ids: Sequence[int]) -> None:
    """
    Give up claims of this transaction, so that the same messages may come again.

    For messages that turn out, after their claim, to be wrong (`MessageRejected`).
    """
    if message_ids:
        session.execute(text("DELETE FROM inbox WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": numbers(message_ids)})
