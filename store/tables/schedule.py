"""Table of the scheduler."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.tables.columns import moment, string


class SchedulerSlotRow(SQLModel, table=True):
    """A tick that some scheduler has already turned into a reminder; the key keeps it to one."""

    __tablename__ = "scheduler_slot"

    job: str = Field(sa_column=string(primary_key=True))
    slot: datetime = Field(sa_column=moment(primary_key=True))
    claimed_at: datetime = Field(sa_column=moment(now=True))
