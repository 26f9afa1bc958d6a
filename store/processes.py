"""Processes: each writes that it lives; those that have not for a day are forgotten."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from store.records import table_of
from store.tables import ProcessRow

KEEP = timedelta(days=1)

_PROCESSES = table_of(ProcessRow)


@dataclass(frozen=True, slots=True)
class Process:
    """
    A process: what it runs as, where, which version, since when, what it has handled, and how much of it in a minute
    by its last heartbeat.
    """

    id: str
    kind: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    handled: int
    per_minute: int = 0


def save_process(session: Session, process: Process) -> None:
    """Write that a process lives."""
    values = asdict(process)
    again = {"seen_at": process.seen_at, "handled": process.handled, "per_minute": process.per_minute}
    session.execute(
        insert(_PROCESSES).values(values).on_conflict_do_update(index_elements=[_PROCESSES.c.id], set_=again)
    )
    session.execute(delete(_PROCESSES).where(_PROCESSES.c.seen_at < process.seen_at - KEEP))


def remove_process(session: Session, process_id: str) -> None:
    """Forget a process that ends as it was asked to."""
    session.execute(delete(_PROCESSES).where(_PROCESSES.c.id == process_id))
