"""What was taken day by day, so that a missed night stays missed and nothing is taken twice."""

from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session


def is_taken(session: Session, what: str, day: date) -> bool:
    """Tell whether something was taken of a day."""
    return bool(session.execute(_IS_TAKEN, {"what": what, "day": day}).scalar_one())


def mark_taken(session: Session, what: str, day: date, *, at: datetime, is_final: bool) -> None:
    """Note that something was taken of a day; `is_final`: it is not taken again."""
    session.execute(_MARK, {"what": what, "day": day, "at": at, "is_final": is_final})


def last_final(session: Session, what: str) -> date | None:
    """Return the last day of which something was taken for good; None: there is none."""
    found: date | None = session.execute(_LAST_FINAL, {"what": what}).scalar_one()
    return found


def young_days(session: Session, what: str) -> dict[date, datetime]:
    """Return the days of which something was taken not for good, with the moment at which it was."""
    return {row.day: row.taken_at for row in session.execute(_YOUNG, {"what": what})}


def forget_taken(session: Session, what: str) -> None:
    """Forget that anything was taken, so that all of it is taken again."""
    session.execute(text("DELETE FROM day_taken WHERE what = :what"), {"what": what})


_IS_TAKEN = text("SELECT EXISTS (SELECT FROM day_taken WHERE what = :what AND day = :day)")

_MARK = text("""
    INSERT INTO day_taken (what, day, taken_at, is_final) VALUES (:what, :day, :at, :is_final)
    ON CONFLICT (what, day) DO UPDATE SET taken_at = EXCLUDED.taken_at, is_final = EXCLUDED.is_final
""")

_LAST_FINAL = text("SELECT max(day) FROM day_taken WHERE what = :what AND is_final")

_YOUNG = text("SELECT day, taken_at FROM day_taken WHERE what = :what AND NOT is_final")
