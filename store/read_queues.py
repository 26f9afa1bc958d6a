"""Read model of the page of queues; it costs the same however old the store is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from store.count import Count
from store.outbox import backlog, count_refused
from store.processes import Process
from store.read import JobRun, last_runs

NEWEST = 5_000
"""Messages of the inbox by which its rate and its refusals are reckoned."""


@dataclass(frozen=True, slots=True)
class InboxPulse:
    """
    The newest messages that were applied or refused: how many, from when to when, how many a second over that time
    (None: too few to say), and why some were refused.
    """

    messages: int
    since: datetime | None
    newest: datetime | None
    per_second: float | None
    refusals: dict[str, int]


@dataclass(frozen=True, slots=True)
class QueuesPage:
    """What the tables say about messages under way."""

    outbox: Count
    outbox_oldest: datetime | None
    outbox_refused: Count
    letters: dict[str, int]
    oldest_letter: datetime | None
    inbox: InboxPulse
    runs: dict[str, JobRun]
    processes: tuple[Process, ...]


def read_queues(session: Session, jobs: list[str], *, now: datetime) -> QueuesPage:
    """
    Return what the tables say.

    Args:
        session: a reading one.
        jobs: of the timetable.
        now: aware UTC.
    """
    waiting, oldest = backlog(session)
    letters = session.execute(_LETTERS).all()
    return QueuesPage(
        outbox=waiting,
        outbox_oldest=oldest,
        outbox_refused=count_refused(session),
        letters={row.queue: int(row.letters) for row in letters},
        oldest_letter=min((row.oldest for row in letters), default=None),
        inbox=_pulse(session, now),
        runs=last_runs(session, jobs),
        processes=tuple(Process(**row) for row in session.execute(_PROCESSES).mappings()),
    )


def _pulse(session: Session, now: datetime) -> InboxPulse:
    found = session.execute(_PULSE, {"limit": NEWEST}).one()
    refusals = {row.code: int(row.refused) for row in session.execute(_REFUSALS, {"limit": NEWEST})}
    seconds = 0.0 if found.since is None else (now - found.since).total_seconds()
    rate = found.messages / seconds if seconds > 1 and found.messages > 1 else None
    return InboxPulse(int(found.messages), found.since, found.newest, rate, refusals)


_LETTERS = text("""
    SELECT queue, count(*) AS letters, min(first_seen_at) AS oldest FROM dead_letter
    WHERE state = 'waiting' GROUP BY queue
""")

_PROCESSES = text("""
    SELECT id, kind, host, pid, version, started_at, seen_at, handled, per_minute FROM process
    ORDER BY kind, host, started_at
""")

_PULSE = text("""
    SELECT count(*) AS messages, min(received_at) AS since, max(received_at) AS newest
    FROM (SELECT received_at FROM inbox ORDER BY id DESC LIMIT :limit) AS newest
""")

_REFUSALS = text("""
    SELECT coalesce(answer ->> 'code', 'other') AS code, count(*) AS refused
    FROM (SELECT outcome, answer FROM inbox ORDER BY id DESC LIMIT :limit) AS newest
    WHERE outcome = 'refused' GROUP BY 1 ORDER BY 2 DESC LIMIT 20
""")
