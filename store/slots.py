"""The scheduler's slots: each tick is turned into a reminder once, however many schedulers run."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

KEEP_SLOTS = timedelta(days=7)


def claim_slot(session: Session, job: str, slot: datetime) -> bool:
    """Claim one slot of a job; False when some scheduler has done so already."""
    claimed = session.execute(
        text("""
            INSERT INTO scheduler_slot (job, slot) VALUES (:job, :slot) ON CONFLICT DO NOTHING RETURNING 1
        """),
        {"job": job, "slot": slot},
    ).scalar()
    if claimed:
        session.execute(
            text("DELETE FROM scheduler_slot WHERE job = :job AND slot < :old"),
            {"job": job, "old": slot - KEEP_SLOTS},
        )
    return bool(claimed)
