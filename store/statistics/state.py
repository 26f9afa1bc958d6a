"""How far everything is counted; the row is the turn of whoever counts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

READS_ONLY = "billing: reads"
"""The application name of long transactions that write nothing, so that counting need not wait for them."""

READERS = (READS_ONLY, "pg_dump")


@dataclass(frozen=True, slots=True)
class State:
    """
    How far everything is counted; None: nothing yet.

    `minutes_until` and `activity_until` are aware UTC, ends of quarters of an hour. Days from `changed_from` on are to
    be closed (again). `zone` is the one by which days were counted.
    """

    zone: str
    minutes_until: datetime | None
    activity_until: datetime | None
    counted_at: datetime | None
    changed_from: date | None


def lock_state(session: Session, zone: str) -> State:
    """Return the state and lock it until the commit; `zone` is written where there is none yet."""
    session.execute(_FIRST, {"zone": zone})
    return State(**session.execute(_LOCK).mappings().one())


def save_state(session: Session, state: State) -> None:
    """Save the state that `lock_state` has locked."""
    parameters = {name: getattr(state, name) for name in State.__dataclass_fields__}
    session.execute(_SAVE, parameters)


def oldest_open(session: Session) -> timedelta | None:
    """Return for how long the oldest other transaction of this database that may write has been open."""
    age: timedelta | None = session.execute(_OLDEST_OPEN, {"readers": list(READERS)}).scalar_one()
    return age


def hidden_writers(session: Session) -> tuple[str, ...]:
    """
    Return the roles that may write the ledger, and that have a transaction open whose age cannot be seen from here.

    PostgreSQL shows it to the role itself, its members, and whoever has `pg_read_all_stats`. Everybody sees that there
    is one: from its first statement to its end, a transaction holds a lock on its own number. Who is only connected
    holds none. One that begins after this look books later than what is counted now.
    """
    return tuple(session.execute(_HIDDEN, {"readers": list(READERS)}).scalars())


def first_booked(session: Session) -> datetime | None:
    """Return a moment before which nothing was booked; None: nothing was at all."""
    first: datetime | None = session.execute(_FIRST_BOOKED).scalar_one()
    return None if first is None else first - timedelta(days=1)


_FIRST = text("INSERT INTO statistics_state (number, zone) VALUES (1, :zone) ON CONFLICT DO NOTHING")

_LOCK = text("""
    SELECT zone, minutes_until, activity_until, counted_at, changed_from FROM statistics_state
    WHERE number = 1 FOR UPDATE
""")

_SAVE = text("""
    UPDATE statistics_state SET zone = :zone, minutes_until = :minutes_until, activity_until = :activity_until,
           counted_at = :counted_at, changed_from = :changed_from
    WHERE number = 1
""")

_OLDEST_OPEN = text("""
    SELECT max(clock_timestamp() - xact_start) FROM pg_stat_activity
    WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
      AND backend_type = 'client backend' AND application_name <> ALL(:readers)
""")

_HIDDEN = text("""
    SELECT DISTINCT usename::text FROM pg_stat_activity AS process
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query = '<insufficient privilege>'
      AND application_name <> ALL(:readers) AND has_table_privilege(usesysid, 'entry', 'INSERT')
      AND EXISTS (SELECT FROM pg_locks AS held
                  WHERE held.pid = process.pid AND held.locktype = 'virtualxid' AND held.mode = 'ExclusiveLock')
    ORDER BY 1
""")

# Ids follow time but for what is under way at once, so the least moment is among the first.
_FIRST_BOOKED = text("""
    SELECT min(booked_at) FROM (SELECT booked_at FROM entry ORDER BY id LIMIT 1000) AS first
""")
