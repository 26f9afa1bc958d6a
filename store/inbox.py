"""The inbox: claiming messages by their key, so that each has one effect."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlmodel import Session

from store.json_rows import json_rows


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
    FROM json_to_recordset(CAST(:arrivals AS json))
         AS arrival (source text, event_id text, type text, sha256 text)
    ON CONFLICT (source, event_id) DO NOTHING
    RETURNING id, source, event_id
""")

_KNOWN = text("""
    SELECT inbox.id, inbox.source, inbox.event_id, inbox.sha256, inbox.outcome, inbox.answer
    FROM json_to_recordset(CAST(:wanted AS json)) AS wanted (source text, event_id text)
    JOIN inbox USING (source, event_id)
""")

_ANSWER = text("""
    UPDATE inbox SET outcome = given.outcome, answer = CAST(given.answer AS jsonb)
    FROM json_to_recordset(CAST(:given AS json)) AS given (id bigint, outcome text, answer json)
    WHERE inbox.id = given.id
""")


def claim_messages(session: Session, arrivals: Iterable[Arrival]) -> Claims:
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
    claimed = session.execute(
        _CLAIM,
        {
            "arrivals": json_rows(
                {
                    "source": key.source,
                    "event_id": key.event_id,
                    "type": arrival.type,
                    "sha256": arrival.sha256.hex(),
                }
                for key, arrival in wanted.items()
            )
        },
    ).all()
    fresh = {Key(source, event_id): message_id for message_id, source, event_id in claimed}
    repeated = [key for key in wanted if key not in fresh]
    return Claims(fresh, find_known(session, repeated) if repeated else {})


def find_known(session: Session, keys: Sequence[Key]) -> dict[Key, Known]:
    """Return those of the messages that were applied or refused before."""
    found = session.execute(
        _KNOWN, {"wanted": json_rows({"source": key.source, "event_id": key.event_id} for key in keys)}
    )
    return {
        Key(source, event_id): Known(message_id, bytes(sha256), outcome, answer)
        for message_id, source, event_id, sha256, outcome, answer in found
    }


def save_answers(session: Session, answers: Mapping[int, Answer]) -> None:
    """Keep what claimed messages were told, by message id, for their repeats."""
    if answers:
        session.execute(
            _ANSWER,
            {
                "given": json_rows(
                    {
                        "id": message_id,
                        "outcome": "refused" if answer.is_refusal else "applied",
                        "answer": answer.said,
                    }
                    for message_id, answer in answers.items()
                )
            },
        )


def release_claims(session: Session, message_ids: Sequence[int]) -> None:
    """
    Give up claims of this transaction, so that the same messages may come again.

    For messages that turn out, after their claim, to be wrong (`MessageRejected`).
    """
    if message_ids:
        session.execute(text("DELETE FROM inbox WHERE id = ANY(:ids)"), {"ids": list(message_ids)})
