"""The outbox: messages written with the change they tell of, and sent afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from store.arrays import array, numbers


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready for the wire: where it goes, its id, and its bytes."""

    exchange: str
    routing_key: str
    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits in the outbox."""

    id: int
    message: Outgoing


PUT = """
    INSERT INTO outbox (exchange, routing_key, message_id, body)
    SELECT exchange, routing_key, message_id, decode(body, 'hex')
    FROM unnest(CAST(:outbox_exchanges AS text[]), CAST(:outbox_keys AS text[]),
                CAST(:outbox_ids AS text[]), CAST(:outbox_bodies AS text[]))
         AS outgoing (exchange, routing_key, message_id, body)
"""


def put(session: Session, messages: Sequence[Outgoing]) -> None:
    """Add messages to be sent once the transaction is committed."""
    if messages:
        session.execute(text(PUT), put_parameters(messages))


def put_parameters(messages: Sequence[Outgoing]) -> dict[str, str]:
    """Return the parameters of `PUT`, for a statement that does more in the same round trip."""
    return {
        "outbox_exchanges": array(message.exchange for message in messages),
        "outbox_keys": array(message.routing_key for message in messages),
        "outbox_ids": array(message.message_id for message in messages),
        "outbox_bodies": array(message.body.hex() for message in messages),
    }


def take(session: Session, *, limit: int = 500) -> list[Waiting]:
    """
    Take the oldest messages that no other relay has taken; they are locked until the commit.

    Args:
        session: the transaction in which they are sent and then removed.
        limit: how many at the most.
    """
    rows = session.execute(
        text("""
            SELECT id, exchange, routing_key, message_id, body FROM outbox
            ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
        """),
        {"limit": limit},
    )
    return [Waiting(row[0], Outgoing(row[1], row[2], row[3], bytes(row[4]))) for row in rows]


def remove(session: Session, ids: Iterable[int]) -> None:
    """Remove exactly the messages whose delivery the broker has confirmed."""
    session.execute(text("DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": numbers(ids)})


def backlog(session: Session) -> tuple[int, datetime | None]:
    """Return how many messages wait, and since when the oldest does."""
    count, oldest = session.execute(text("SELECT count(*), min(created_at) FROM outbox")).one()
    return count, oldest
