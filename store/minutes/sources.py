"""The sources that producers use, found without reading the inbox: an index of them would cost a page per event."""

from sqlalchemy import text
from sqlmodel import Session, col, select

from store.tables import InboxRow

NEWEST = 1_000


def likely_sources(session: Session) -> set[str]:
    """
    Return the sources of the newest messages, and those that PostgreSQL's statistics call common.

    A source that is neither (few messages, long ago) is missing here; whoever asks for it names it.
    """
    newest = select(InboxRow.source).order_by(col(InboxRow.id).desc()).limit(NEWEST).subquery()
    common = session.execute(
        text("""
            SELECT unnest(CAST(CAST(most_common_vals AS text) AS text[])) FROM pg_stats
            WHERE schemaname = current_schema AND tablename = 'inbox' AND attname = 'source'
        """)
    ).scalars()
    return {*session.exec(select(newest.c.source).distinct()), *common}
