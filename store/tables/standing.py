"""The table of standing: who blocked, freed or closed which account, when and why."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlmodel import Field, SQLModel

from domain.minutes.standing import Standing
from store.tables.columns import bigint, identity, integer, moment, one_of, string


class StandingChangeRow(SQLModel, table=True):
    """
    One change of what an account may do; `account.blocked_at` and `account.closed_at` say how it stands now.

    `by` is the source of the message that asked for it, such as `operator/anna`, and `message` its number.
    """

    __tablename__ = "standing_change"
    __table_args__ = (Index("standing_change_of_account", "account", "id"),)

    id: int | None = Field(default=None, sa_column=identity())
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    standing: str = Field(sa_column=one_of("standing", *Standing))
    by: str = Field(sa_column=string())
    reason: str = Field(sa_column=string())
    message: int = Field(sa_column=bigint())
    at: datetime = Field(sa_column=moment())
