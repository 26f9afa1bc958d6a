"""The scheduler's slots: each tick is turned into a reminder once, however many schedulers run."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from store.tables import SchedulerSlotRow

KEEP_SLOTS = timedelta(days=7)


def database_clock(session: Session) -> datetime:
    """Return the present moment by the database's clock, the one that all hosts share."""
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def claim_slot(session: Session, job: str, slot: datetime) -> bool:
    """
    Claim one slot of a job; False when some scheduler has done so already.

    A slot so old that its claim may be deleted by now is nobody's any more: a scheduler that hung since, or a test
    clock that jumped, would claim it a second time.
    """
    of_job = col(SchedulerSlotRow.job) == job
    # One at a time for a job: another's claim of a newer slot, with what it deletes, is seen whole or not at all.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"scheduler_slot {job}"))))
    newer = select(col(SchedulerSlotRow.slot)).where(of_job, col(SchedulerSlotRow.slot) > slot + KEEP_SLOTS)
    values = select(literal(job), literal(slot)).where(~newer.exists())
    claimed = session.execute(
        insert(SchedulerSlotRow)
        .from_select(["job", "slot"], values)
        .on_conflict_do_nothing()
        .returning(col(SchedulerSlotRow.job))
    ).one_or_none()
    if claimed is None:
        return False
    session.execute(delete(SchedulerSlotRow).where(of_job, col(SchedulerSlotRow.slot) < slot - KEEP_SLOTS))
    return True
