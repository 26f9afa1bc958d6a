"""Tables of the scheduler: which ticks became reminders, and what came of the work."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from store.tables.columns import document, identity, moment, one_of, string


class DueOutcome(StrEnum):
    """How a run of a job ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class SchedulerSlotRow(SQLModel, table=True):
    """A tick that some scheduler has already turned into a reminder; the key keeps it to one."""

    __tablename__ = "scheduler_slot"

    job: str = Field(sa_column=string(primary_key=True))
    slot: datetime = Field(sa_column=moment(primary_key=True))
    claimed_at: datetime = Field(sa_column=moment(now=True))


class DueRunRow(SQLModel, table=True):
    """
    One run of a job that a reminder asked for: when, how it ended, and what it counted.

    One that stays `running` was cut off: its process died, and the next reminder does its work.
    """

    __tablename__ = "due_run"
    __table_args__ = (
        CheckConstraint("(outcome = 'running') = (ended_at IS NULL)", name="due_run_ended_at"),
        Index("due_run_of_job", "job", "started_at"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    job: str = Field(sa_column=string())
    slot: datetime = Field(sa_column=moment())
    started_at: datetime = Field(sa_column=moment())
    ended_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    outcome: str = Field(sa_column=one_of("due_outcome", *DueOutcome, default="running"))
    counts: dict[str, Any] | None = Field(default=None, sa_column=document())
