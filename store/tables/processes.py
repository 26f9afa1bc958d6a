"""The table of processes that were seen."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.tables.columns import bigint, integer, moment, string


class ProcessRow(SQLModel, table=True):
    """
    A process of the installation, which writes every some seconds that it lives; `handled` are the messages that it has
    handled since it began, `per_minute` those since its last heartbeat, as if it went on like that.
    """

    __tablename__ = "process"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)

    id: str = Field(sa_column=string(primary_key=True))
    kind: str = Field(sa_column=string())
    host: str = Field(sa_column=string())
    pid: int = Field(sa_column=integer())
    version: str = Field(sa_column=string())
    started_at: datetime = Field(sa_column=moment())
    seen_at: datetime = Field(sa_column=moment())
    handled: int = Field(sa_column=bigint(default=0))
    per_minute: int = Field(sa_column=integer(default=0))
