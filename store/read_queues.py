"""Read models of the page of queues, and of the trace of one message; each costs the same however old the store is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.ids import message_key
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


@dataclass(frozen=True, slots=True)
class TracedMessage:
    """A message in the inbox, for one account, with the answer that it got and the usage that it booked."""

    message_id: int
    account_id: str | None
    type: str
    outcome: str
    received_at: datetime
    answer: dict[str, Any] | None
    used_seconds: int | None
    occurred_at: datetime | None
    is_reversed: bool
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class TracedEntry:
    """A line of the ledger that a message has caused."""

    id: int
    kind: str
    seconds: int
    package_id: str | None
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of a message by its name: in the inbox and the ledger, among facts that wait, and dead letters."""

    messages: tuple[TracedMessage, ...]
    entries: dict[int, tuple[TracedEntry, ...]]
    letters: tuple[tuple[int, str, str], ...]
    waiting_facts: tuple[tuple[str, datetime], ...]


def read_trace(session: Session, source: str, event_id: str) -> Trace:
    """Return what is known of a message by its name."""
    found = session.execute(_MESSAGES, {"key": message_key(source, event_id).hex()}).mappings().all()
    messages = tuple(
        TracedMessage(**{k: v for k, v in row.items() if k not in ("account", "entry_id")}) for row in found
    )
    entries = {
        row["message_id"]: tuple(
            TracedEntry(**line)
            for line in session.execute(
                _ENTRIES, {"last": row["entry_id"], "account": row["account"], "message": row["message_id"]}
            ).mappings()
        )
        for row in found
    }
    named = {"source": source, "event_id": event_id}
    letters = tuple((row.id, row.state, row.code) for row in session.execute(_SAME_LETTERS, named))
    facts = tuple((row.routing_key, row.created_at) for row in session.execute(_FACTS, {"said": event_id.encode()}))
    return Trace(messages, entries, letters, facts)


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

_MESSAGES = text("""
    SELECT inbox.id AS message_id, inbox.account, account.id AS account_id, CAST(inbox.type AS text) AS type,
           CAST(inbox.outcome AS text) AS outcome, inbox.received_at, inbox.answer, inbox.used_seconds,
           inbox.occurred_at, inbox.reversed_by IS NOT NULL AS is_reversed, inbox.traceparent, inbox.entry_id
    FROM inbox LEFT JOIN account ON account.number = inbox.account
    WHERE inbox.key = CAST(:key AS uuid) ORDER BY inbox.id
""")

# The lines of one message lie side by side in the chain of its account, before its last one.
_ENTRIES = text("""
    WITH RECURSIVE line AS (
        SELECT entry.* FROM entry WHERE entry.id = :last AND entry.account = :account
        UNION ALL
        SELECT entry.* FROM line JOIN entry ON entry.id = line.previous_id AND entry.account = line.account
        WHERE entry.message_id = :message
    )
    SELECT line.id, CAST(line.kind AS text) AS kind, line.seconds, CAST(package.id AS text) AS package_id,
           line.booked_at
    FROM line LEFT JOIN package ON package.number = line.package AND package.account = line.account
    WHERE line.message_id = :message ORDER BY line.id LIMIT 200
""")

_SAME_LETTERS = text("""
    SELECT id, CAST(state AS text) AS state, code FROM dead_letter
    WHERE source = :source AND event_id = :event_id ORDER BY id DESC LIMIT 20
""")

# A fact names the message that caused it; the oldest of what waits is looked through, no more.
_FACTS = text("""
    SELECT routing_key, created_at
    FROM (SELECT routing_key, created_at, body FROM outbox ORDER BY id LIMIT 5000) AS waiting
    WHERE position(CAST(:said AS bytea) IN body) > 0 LIMIT 20
""")
