"""Read models of what was decided about many dead letters at once, how far it is, and what has come of it."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlmodel import Session

from store.records import table_of
from store.tables import LetterDecisionRow

_DECISIONS = table_of(LetterDecisionRow)


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: `done` of the `looked_at` letters waited still and were decided about; all in all it has `total`."""

    id: int
    does: str
    wanted: dict[str, Any]
    total: int
    looked_at: int
    done: int
    reason: str
    decided_by: str
    created_at: datetime
    moved_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReplayResults:
    """What became of the messages that a replay has sent: `again` are among the dead letters once more."""

    applied: int
    refused: int
    again: int


def list_decisions(session: Session, *, limit: int = 10) -> list[Decision]:
    """Return the latest decisions, the newest first."""
    rows = session.execute(select(*_COLUMNS).order_by(_DECISIONS.c.id.desc()).limit(limit))
    return [Decision(**row._mapping) for row in rows]


def find_decision(session: Session, number: int) -> Decision | None:
    """Return a decision by its number; None: there is none."""
    row = session.execute(select(*_COLUMNS).where(_DECISIONS.c.id == number)).one_or_none()
    return None if row is None else Decision(**row._mapping)


def results_of(session: Session, number: int) -> ReplayResults:
    """Return what became of the letters of a decision that were sent again, as far as their messages have a name."""
    return ReplayResults(**session.execute(_RESULTS, {"decision": number}).one()._mapping)


_COLUMNS = tuple(_DECISIONS.c[each.name] for each in fields(Decision))

_RESULTS = text("""
    WITH letter AS MATERIALIZED (
        SELECT dead_letter.id, dead_letter.replayed_key, dead_letter.source, dead_letter.event_id
        FROM letter_decision, jsonb_array_elements(letters) AS named (number)
        JOIN dead_letter ON dead_letter.id = CAST(named.number AS bigint)
        WHERE letter_decision.id = :decision AND letter_decision.does = 'replay'
          AND dead_letter.replayed_key IS NOT NULL
    )
    SELECT (SELECT count(*) FROM letter JOIN inbox ON inbox.key = letter.replayed_key
            WHERE inbox.outcome = 'applied') AS applied,
           (SELECT count(*) FROM letter JOIN inbox ON inbox.key = letter.replayed_key
            WHERE inbox.outcome = 'refused') AS refused,
           (SELECT count(*) FROM letter
            WHERE EXISTS (SELECT FROM dead_letter AS later
                          WHERE later.state = 'waiting' AND later.id > letter.id
                            AND later.source = letter.source AND later.event_id = letter.event_id)) AS again
""")
