"""Runs of the scheduler's jobs: when each began and ended, and what it did."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update
from sqlmodel import Session

from store.records import table_of
from store.tables import DueRunRow
from store.tables.schedule import DueOutcome

KEEP_RUNS = timedelta(days=90)

_RUNS = table_of(DueRunRow)


def begin_run(session: Session, job: str, *, slot: datetime, at: datetime) -> int:
    """Note that a job begins, and return the id of its run; runs of long ago are deleted."""
    session.execute(delete(_RUNS).where(_RUNS.c.job == job, _RUNS.c.started_at < at - KEEP_RUNS))
    values = {"job": job, "slot": slot, "started_at": at, "outcome": DueOutcome.RUNNING}
    return int(session.execute(insert(_RUNS).values(values).returning(_RUNS.c.id)).scalar_one())


def end_run(
    session: Session, run_id: int, *, outcome: DueOutcome, at: datetime, counts: Mapping[str, int] | None = None
) -> None:
    """Note how a job ended, and what it counted."""
    values = {"outcome": outcome, "ended_at": at, "counts": None if counts is None else dict(counts)}
    session.execute(update(_RUNS).where(_RUNS.c.id == run_id).values(values))
