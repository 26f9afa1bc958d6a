"""The outbox: messages written with the change they tell of, and sent afterwards."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from store.json_rows import json_rows
from store.tables import OutboxRow


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


PUT_FACTS = """
    INSERT INTO outbox (exchange, routing_key, message_id, body)
    SELECT :facts_exchange, routing_key, message_id, convert_to(body, 'UTF8')
    FROM json_to_recordset(CAST(:facts AS json)) AS fact (routing_key text, message_id text, body text)
"""
"""For many messages whose bytes are JSON; `put` is for bytes of any kind."""


def put_outgoing(session: Session, message: Outgoing) -> None:
    """Add a message to be sent once the transaction is committed."""
    session.add(OutboxRow(**asdict(message)))


def facts_parameters(facts: Sequence[Outgoing]) -> dict[str, str]:
    """Return the parameters of `PUT_FACTS`, for a statement that does more in the same round trip."""
    return {
        # Facts all leave by the one exchange.
        "facts_exchange": facts[0].exchange,
        "facts": json_rows(
            {"routing_key": fact.routing_key, "message_id": fact.message_id, "body": fact.body.decode()}
            for fact in facts
        ),
    }


def lock_oldest(session: Session, *, limit: int = 500, without: Collection[int] = ()) -> list[Waiting]:
    """
    Take the oldest messages that no other relay has taken; they are locked until the commit.

    Args:
        session: the transaction in which they are sent and then removed.
        limit: how many at the most.
        without: messages that are left alone for now.
    """
    taken = session.execute(
        text("""
            SELECT id, exchange, routing_key, message_id, body FROM outbox
            WHERE id <> ALL(CAST(:without AS bigint[]))
            ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
        """),
        {"limit": limit, "without": list(without)},
    )
    return [Waiting(row[0], Outgoing(row[1], row[2], row[3], bytes(row[4]))) for row in taken]


def remove_outgoing(session: Session, ids: Iterable[int]) -> None:
    """Remove exactly the messages whose delivery the broker has confirmed."""
    session.execute(text("DELETE FROM outbox WHERE id = ANY(:ids)"), {"ids": list(ids)})


def backlog(session: Session) -> tuple[int, datetime | None]:
    """Return how many messages wait, and since when the oldest does."""
    count, oldest = session.execute(text("SELECT count(*), min(created_at) FROM outbox")).one()
    return count, oldest
