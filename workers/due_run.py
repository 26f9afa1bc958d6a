"""Runs of due jobs: each reminder that is handled leaves a row that says when it ran and what it did."""

import logging
from collections.abc import Callable, Mapping

from messages.errors import Unavailable
from messages.read import Event
from store.due_run import begin_run, end_run
from store.tables.schedule import DueOutcome
from workers.context import Context

log = logging.getLogger(__name__)

Counts = Mapping[str, int]
"""What a job did, by name; shown beside its run."""


def run_due(context: Context, reminder: Event, job: str, work: Callable[[], Counts]) -> None:
    """
    Do the work that a reminder asks for, and save how it went.

    Args:
        context: what handlers need.
        reminder: its time is the start of the slot.
        job: its name in the timetable.
        work: handles whatever is due; repeating it is harmless.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    slot = reminder.envelope.time
    run_id = context.transact(lambda session: begin_run(session, job, slot=slot, at=context.clock()))
    try:
        counts = work()
    except Unavailable:
        # The store is away: the row stays `running`, and the repeat has a row of its own.
        raise
    except Exception:
        _end(context, run_id, DueOutcome.FAILED, None)
        raise
    log.log(logging.INFO if any(counts.values()) else logging.DEBUG, "%s: %s", job, dict(counts))
    _end(context, run_id, DueOutcome.DONE, counts)


def _end(context: Context, run_id: int, outcome: DueOutcome, counts: Counts | None) -> None:
    context.transact(lambda session: end_run(session, run_id, outcome=outcome, at=context.clock(), counts=counts))
