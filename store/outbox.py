"""The outbox: messages written with the change they tell of, and sent afterwards."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Protocol

import sqlalchemy
from sqlalchemy import func, text
from sqlmodel import Session, col, select

from store.count import EXACT_UP_TO, Count, count_up_to
from store.json_rows import json_rows
from store.prepared import Prepared
from store.tables import OutboxRow


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready for the wire: where it goes, its id, its bytes, and the trace that it belongs to."""

    exchange: str
    routing_key: str
    message_id: str
    body: bytes = field(repr=False)
    traceparent: str | None = None


class OutgoingFacts(Protocol):
    """The facts of one transaction, in order, and the aware UTC moment that they name."""

    at: datetime

    def __iter__(self) -> Iterator[Outgoing]:
        """Go through the facts."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits in the outbox."""

    id: int
    message: Outgoing


# Columns rather than row objects: a relay reads 500 at a time.
_WAITING = [col(getattr(OutboxRow, name)) for name in ("id", *(each.name for each in fields(Outgoing)))]

PUT_FACTS = Prepared(
    "put_facts",
    """
    INSERT INTO outbox (exchange, routing_key, message_id, body, traceparent)
    SELECT coalesce(exchange, :facts_exchange), routing_key, message_id, convert_to(body, 'UTF8'), traceparent
    FROM json_to_recordset(CAST(:facts AS json)) AS fact (
        exchange text, routing_key text, message_id text, body text, traceparent text)
    """,
)
"""For many messages whose bytes are JSON; `put_outgoing` is for bytes of any kind."""


def put_outgoing(session: Session, message: Outgoing) -> None:
    """Add a message to be sent once the transaction is committed."""
    session.add(OutboxRow(**asdict(message)))


def facts_parameters(facts: Sequence[Outgoing]) -> dict[str, str]:
    """Return the parameters of `PUT_FACTS`, for a statement that does more in the same round trip."""
    usual = facts[0].exchange
    return {"facts_exchange": usual, "facts": json_rows(_fact_row(fact, usual) for fact in facts)}


def _fact_row(fact: Outgoing, usual_exchange: str) -> dict[str, str]:
    row = {"routing_key": fact.routing_key, "message_id": fact.message_id, "body": fact.body.decode()}
    if fact.exchange != usual_exchange:
        # Facts leave by one exchange; beside them there may be messages to our own workers.
        row["exchange"] = fact.exchange
    if fact.traceparent is not None:
        row["traceparent"] = fact.traceparent
    return row


def lock_oldest(
    session: Session, *, limit: int = 500, without: Collection[int] = (), without_exchanges: Collection[str] = ()
) -> list[Waiting]:
    """
    Lock the oldest messages that no other relay has locked, until the commit.

    Args:
        session: the transaction in which they are sent and then removed.
        limit: how many at the most.
        without: messages that are left alone for now.
        without_exchanges: exchanges whose messages are left alone for now.
    """
    oldest = (
        sqlalchemy.select(*_WAITING)
        .where(
            col(OutboxRow.id).not_in(without),
            col(OutboxRow.exchange).not_in(without_exchanges),
            col(OutboxRow.refused_at).is_(None),
        )
        .order_by(col(OutboxRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [
        Waiting(row.id, Outgoing(row.exchange, row.routing_key, row.message_id, bytes(row.body), row.traceparent))
        for row in session.execute(oldest)
    ]


def remove_outgoing(session: Session, ids: Iterable[int]) -> None:
    """Remove exactly the messages whose delivery the broker has confirmed."""
    session.execute(text("DELETE FROM outbox WHERE id = ANY(:ids)"), {"ids": list(ids)})


def refuse_outgoing(session: Session, ids: Iterable[int]) -> None:
    """Put apart messages that can never be published; a person decides about them."""
    session.execute(text("UPDATE outbox SET refused_at = now() WHERE id = ANY(:ids)"), {"ids": list(ids)})


def count_refused(session: Session) -> Count:
    """Return how many messages can never be published."""
    return count_up_to(session, select(OutboxRow.id).where(col(OutboxRow.refused_at).is_not(None)))


def backlog(session: Session) -> tuple[Count, datetime | None]:
    """Return how many messages wait, and since when the oldest does; those that were refused do not."""
    is_waiting = col(OutboxRow.refused_at).is_(None)
    first = select(OutboxRow.created_at).where(is_waiting).order_by(col(OutboxRow.id)).limit(EXACT_UP_TO).subquery()
    oldest = session.exec(select(func.min(first.c.created_at))).one()
    counted = count_up_to(session, select(OutboxRow.id).where(is_waiting))
    if counted.is_about:
        # They leave in the order of their ids, so what lies between the first and the last is what waits.
        extent = select(func.max(OutboxRow.id) - func.min(OutboxRow.id) + 1)
        counted = Count(session.exec(extent).one() or 0, is_about=True)
    return counted, oldest
