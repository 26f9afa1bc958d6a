"""Read models that serve every capability. Nothing here writes or locks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.ids import message_key
from store.count import Count, count_up_to, estimated_rows, estimated_share
from store.tables import DeadLetterRow, DueRunRow, InboxRow, SchedulerSlotRow


def ping(session: Session) -> None:
    """
    Read something, so that it is seen whether the database can be read and has our schema.

    Raises:
        Unavailable: it cannot, or has not, once the session's errors are translated.
    """
    session.exec(select(SchedulerSlotRow.job).limit(1)).first()


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """How many messages were applied, refused and dead-lettered, and how many usages were reversed."""

    applied: Count
    refused: Count
    reversed: Count
    dead_lettered: Count


def message_counts(session: Session) -> MessageCounts:
    """
    Return what became of all messages so far: exactly in a small store, about right in a large one.

    No table is counted: beyond some thousand rows PostgreSQL's own statistics answer.
    """
    return MessageCounts(
        applied=_outcomes(session, "applied"),
        refused=_outcomes(session, "refused"),
        # A partial index has exactly these.
        reversed=count_up_to(session, select(InboxRow.id).where(col(InboxRow.reversed_by) > 0)),
        dead_lettered=count_up_to(session, select(DeadLetterRow.id)),
    )


@dataclass(frozen=True, slots=True)
class JobRun:
    """
    How a job of the scheduler stands: the last slot that was claimed, and its last run.

    A run that is `running` for long was cut off; without any, no worker has had its reminder yet.
    """

    job: str
    claimed_slot: datetime | None
    slot: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    counts: dict[str, Any] | None = None


def last_runs(session: Session, jobs: Iterable[str]) -> dict[str, JobRun]:
    """Return how each job stands, by its name; each is found by an index, however long it has been running."""
    return {job: _last_run(session, job) for job in jobs}


def _last_run(session: Session, job: str) -> JobRun:
    slots = select(SchedulerSlotRow.slot).where(SchedulerSlotRow.job == job)
    claimed = session.exec(slots.order_by(col(SchedulerSlotRow.slot).desc()).limit(1)).first()
    runs = select(DueRunRow).where(DueRunRow.job == job).order_by(col(DueRunRow.started_at).desc()).limit(1)
    run = session.exec(runs).first()
    if run is None:
        return JobRun(job, claimed)
    return JobRun(job, claimed, run.slot, run.started_at, run.ended_at, run.outcome, run.counts)


def _outcomes(session: Session, outcome: str) -> Count:
    if count_up_to(session, select(InboxRow.id)).is_about:
        share = estimated_share(session, "inbox", "outcome", outcome)
        return Count(round(estimated_rows(session, "inbox") * share), is_about=True)
    return count_up_to(session, select(InboxRow.id).where(InboxRow.outcome == outcome))


def is_known(session: Session, source: str, event_id: str) -> bool:
    """Tell whether a message with this key was applied or refused before."""
    key = InboxRow.key == message_key(source, event_id).hex()
    return session.exec(select(InboxRow.id).where(key).limit(1)).first() is not None
