"""Tables of messages: what came in, what is to go out, and what was set aside."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from store.tables.columns import document, identity, integer, moment, raw_bytes, string


class InboxRow(SQLModel, table=True):
    """
    A message that has been applied or refused, for ever.

    `(source, event_id)` is its key; `sha256` is the hash of its content, so that the same key with
    other content is noticed; `answer` is what a repeat gets told again.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        CheckConstraint("outcome IN ('applied', 'refused')", name="inbox_outcome"),
        CheckConstraint("length(sha256) = 32", name="inbox_hash_length"),
        Index("inbox_key", "source", "event_id", unique=True),
    )

    id: int | None = Field(default=None, sa_column=identity())
    source: str = Field(sa_column=string())
    event_id: str = Field(sa_column=string())
    type: str = Field(sa_column=string())
    sha256: bytes = Field(sa_column=raw_bytes())
    outcome: str = Field(sa_column=string(default="applied"))
    answer: dict[str, Any] | None = Field(default=None, sa_column=document())
    received_at: datetime = Field(sa_column=moment(now=True))


class OutboxRow(SQLModel, table=True):
    """
    A message to be sent, written in the transaction it tells of; deleted once confirmed.

    The bytes are ready for the wire, so a repeated sending is the same message.
    """

    __tablename__ = "outbox"
    # It is filled and emptied all day long; waiting for a fifth of it to be dead would let it swell.
    __table_args__ = (
        {
            "postgresql_with": {
                "autovacuum_vacuum_scale_factor": "0.0",
                "autovacuum_vacuum_threshold": "5000",
            }
        },
    )

    id: int | None = Field(default=None, sa_column=identity())
    exchange: str = Field(sa_column=string())
    routing_key: str = Field(sa_column=string())
    message_id: str = Field(sa_column=string())
    body: bytes = Field(sa_column=raw_bytes())
    created_at: datetime = Field(sa_column=moment(now=True))


class DeadLetterRow(SQLModel, table=True):
    """
    A message that was set aside, with its bytes and the reason, until a person decides.

    `via` tells who gave it up: a worker that could not accept it (`quarantined`), or the broker
    after the last attempt (`dead_lettered`). The same bytes again only raise `seen`.
    """

    __tablename__ = "dead_letter"
    __table_args__ = (
        CheckConstraint("via IN ('quarantined', 'dead_lettered')", name="dead_letter_via"),
        CheckConstraint("state IN ('waiting', 'replayed', 'discarded')", name="dead_letter_state"),
        CheckConstraint("(state = 'waiting') = (resolved_at IS NULL)", name="dead_letter_resolution"),
        CheckConstraint("state <> 'discarded' OR coalesce(resolution, '') <> ''", name="dead_letter_discard_reason"),
        Index(
            "dead_letter_waiting",
            "queue",
            "body_sha256",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: int | None = Field(default=None, sa_column=identity())
    via: str = Field(sa_column=string())
    queue: str = Field(sa_column=string())
    code: str = Field(sa_column=string())
    reason: str = Field(sa_column=string())
    source: str | None = Field(default=None, sa_column=string(null=True))
    event_id: str | None = Field(default=None, sa_column=string(null=True))
    body: bytes = Field(sa_column=raw_bytes())
    body_sha256: bytes = Field(sa_column=raw_bytes())
    headers: dict[str, Any] | None = Field(default=None, sa_column=document())
    seen: int = Field(sa_column=integer(default=1))
    state: str = Field(sa_column=string(default="waiting"))
    first_seen_at: datetime = Field(sa_column=moment(now=True))
    last_seen_at: datetime = Field(sa_column=moment(now=True))
    resolved_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    resolved_by: str | None = Field(default=None, sa_column=string(null=True))
    resolution: str | None = Field(default=None, sa_column=string(null=True))
