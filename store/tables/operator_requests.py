"""The table of what needs a second person."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.access.second_person import RequestKind, RequestState
from store.tables.columns import document, identity, integer, moment, one_of, string


class OperatorRequestRow(SQLModel, table=True):
    """
    What an operator wants to do that another one has to approve; a row is never deleted.

    `data` and `message_id` are those of the message that it becomes; `words` say it to people.
    """

    __tablename__ = "operator_request"
    __table_args__ = (
        CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="operator_request_decided",
        ),
        CheckConstraint("state <> 'approved' OR decided_by <> asked_by", name="operator_request_two_people"),
        CheckConstraint("outcome IS NULL OR state = 'approved'", name="operator_request_outcome"),
        UniqueConstraint("asked_by", "message_id", name="operator_request_once"),
        Index("operator_request_waiting", "asked_at", postgresql_where=text("state = 'waiting'")),
    )

    id: int | None = Field(default=None, sa_column=identity())
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    kind: str = Field(sa_column=one_of("request_kind", *RequestKind))
    object: str | None = Field(default=None, sa_column=string(null=True))
    words: str = Field(sa_column=string())
    data: dict[str, Any] = Field(sa_column=document(null=False))
    message_id: str = Field(sa_column=string())
    reason: str = Field(sa_column=string())
    asked_by: str = Field(sa_column=string())
    asked_at: datetime = Field(sa_column=moment())
    state: str = Field(sa_column=one_of("request_state", *RequestState, default="waiting"))
    decided_by: str | None = Field(default=None, sa_column=string(null=True))
    decided_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    outcome: str | None = Field(default=None, sa_column=string(null=True))
