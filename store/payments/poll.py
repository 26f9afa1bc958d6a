"""Polls of the gateways in the store: the last of each gateway and job, and what it could not read."""

from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from store.records import table_of
from store.tables import GatewayPollRow

_POLLS = table_of(GatewayPollRow)


def save_poll(session: Session, gateway: str, job: str, *, at: datetime, note: str | None) -> None:
    """
    Write how a poll ended.

    Args:
        session: a transaction.
        gateway: its name.
        job: `open`, `recent`, `listed` or `sums`.
        at: aware UTC moment of its end.
        note: what was not read; None: everything was. The moment of the first poll that says the same stays.
    """
    values = {"gateway": gateway, "job": job, "ended_at": at, "note": note}
    added = insert(_POLLS).values(values | {"unread_since": None if note is None else at})
    since = case((_POLLS.c.note == added.excluded.note, _POLLS.c.unread_since), else_=added.excluded.unread_since)
    session.execute(
        added.on_conflict_do_update(
            index_elements=[_POLLS.c.gateway, _POLLS.c.job],
            set_={
                "ended_at": added.excluded.ended_at,
                "note": added.excluded.note,
                "unread_since": func.coalesce(since, added.excluded.unread_since),
            },
        )
    )


def find_poll_end(session: Session, gateway: str, job: str) -> datetime | None:
    """Return when the last poll of a gateway by a job ended; None: there was none."""
    named = (_POLLS.c.gateway == gateway, _POLLS.c.job == job)
    return session.execute(select(_POLLS.c.ended_at).where(*named)).scalar_one_or_none()
