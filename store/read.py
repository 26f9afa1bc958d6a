"""Read models that serve every capability. Nothing here writes or locks."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from store.count import Count, count_up_to, estimated_rows, estimated_share
from store.tables import DeadLetterRow, InboxRow


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


def _outcomes(session: Session, outcome: str) -> Count:
    if count_up_to(session, select(InboxRow.id)).is_about:
        share = estimated_share(session, "inbox", "outcome", outcome)
        return Count(round(estimated_rows(session, "inbox") * share), is_about=True)
    return count_up_to(session, select(InboxRow.id).where(InboxRow.outcome == outcome))
