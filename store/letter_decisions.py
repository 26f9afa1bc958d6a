"""Decisions about many dead letters in the store: which letters, and how far each is carried out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlmodel import Session

from store.records import table_of
from store.tables import LetterDecisionRow

_DECISIONS = table_of(LetterDecisionRow)


@dataclass(frozen=True, slots=True)
class NewDecision:
    """What is decided: `does` is `replay` or `discard`, `wanted` the filters, `letters` the numbers that they meant."""

    does: str
    wanted: Mapping[str, Any]
    letters: Sequence[int]
    reason: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class OpenDecision:
    """A decision that is not carried out yet; the first `looked_at` of its `letters` are, `done` of them had waited."""

    id: int
    does: str
    letters: list[int]
    looked_at: int
    done: int
    reason: str
    decided_by: str

    def next_letters(self, limit: int) -> list[int]:
        """Return the numbers of the letters that come next."""
        return self.letters[self.looked_at : self.looked_at + limit]


def add_decision(session: Session, decision: NewDecision, message_id: int, *, at: datetime) -> int:
    """Write a decision down, with the message that made it, and return its number."""
    values = {
        "does": decision.does,
        "wanted": dict(decision.wanted),
        "letters": list(decision.letters),
        "total": len(decision.letters),
        "reason": decision.reason,
        "decided_by": decision.decided_by,
        "message_id": message_id,
        "created_at": at,
        "moved_at": at,
    }
    return int(session.execute(insert(_DECISIONS).values(values).returning(_DECISIONS.c.id)).scalar_one())


def decision_about(session: Session, letters: Sequence[int]) -> int | None:
    """Return the number of a decision that has still to carry out one of some letters; nobody makes one meanwhile."""
    session.execute(text("LOCK TABLE letter_decision IN SHARE ROW EXCLUSIVE MODE"))
    found = session.execute(_ABOUT, {"letters": list(letters)}).scalar_one_or_none()
    return None if found is None else int(found)


def lock_next_decision(session: Session) -> OpenDecision | None:
    """Return the oldest decision that is not carried out and that no other worker has in hand, locked; None: none."""
    wanted = select(*(_DECISIONS.c[name] for name in OpenDecision.__slots__)).where(_DECISIONS.c.ended_at.is_(None))
    row = session.execute(wanted.order_by(_DECISIONS.c.id).limit(1).with_for_update(skip_locked=True)).one_or_none()
    return None if row is None else OpenDecision(**row._mapping)


def save_progress(session: Session, decision: OpenDecision, *, looked_at: int, done: int, at: datetime) -> None:
    """Note how far a locked decision is carried out; with all of its letters looked at it has ended."""
    ended_at = at if looked_at == len(decision.letters) else None
    values = {"looked_at": looked_at, "done": done, "moved_at": at, "ended_at": ended_at}
    session.execute(update(_DECISIONS).where(_DECISIONS.c.id == decision.id).values(values))


_ABOUT = text("""
    SELECT id FROM letter_decision
    WHERE ended_at IS NULL AND EXISTS (
        SELECT FROM jsonb_array_elements(letters) WITH ORDINALITY AS letter (number, position)
        WHERE position > looked_at AND CAST(number AS bigint) = ANY(CAST(:letters AS bigint[])))
    ORDER BY id LIMIT 1
""")
