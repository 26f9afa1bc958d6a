"""The scheduler's slots: each tick is turned into a reminder once, however many schedulers run."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from store.tables import SchedulerSlotRow

KEEP_SLOTS = timedelta(days=7)


def database_clock(session: Session) -> datetime:
    """Return the present moment by the database's clock, the one that all hosts share."""
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def claim_slot(session: Session, job: str, slot: datetime) -> bool:
    """Claim one slot of a job; False when some scheduler has done so already."""
    claimed = session.execute(
        insert(SchedulerSlotRow)
        .values(job=job, slot=slot)
        .on_conflict_do_nothing()
        .returning(col(SchedulerSlotRow.job))
    ).one_or_none()
    if claimed is None:
        return False
    old = (col(SchedulerSlotRow.job) == job, col(SchedulerSlotRow.slot) < slot - KEEP_SLOTS)
    session.execute(delete(SchedulerSlotRow).where(*old))
    return True
