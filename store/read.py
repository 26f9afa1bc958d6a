"""Read models that serve every capability. Nothing here writes or locks."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """How many messages were applied, refused and set aside, and how many usages were reversed."""

    applied: int
    refused: int
    reversed: int
    set_aside: int


def message_counts(session: Session) -> MessageCounts:
    """Return what became of all messages so far."""
    row = session.execute(
        text("""
            SELECT count(*) FILTER (WHERE outcome = 'applied'), count(*) FILTER (WHERE outcome = 'refused'),
                   (SELECT count(*) FROM usage WHERE reversed_by IS NOT NULL), (SELECT count(*) FROM dead_letter)
            FROM inbox
        """)
    ).one()
    return MessageCounts(*row)
