"""What the database holds, read by plain SQL, and a copy of every row that ever was in the outbox."""

from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extensions import connection

from tests.failure.events import Key
from tests.failure.oracle import BookedUsage, Totals
from tests.servers.databases import execute

_COPY = """
    CREATE TABLE outbox_copy (exchange text, message_id text, body bytea)
"""

_COPYING = """
    CREATE FUNCTION copy_outbox() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO outbox_copy SELECT exchange, message_id, body FROM written; RETURN NULL;
    END $$
"""

_TRIGGER = """
    CREATE TRIGGER copy_outbox AFTER INSERT ON outbox REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION copy_outbox()
"""

# Our own reminders have keys there, too, once they have caused something.
_OF_PRODUCERS = "source <> 'screph-billing'"

_TOTALS = """
    SELECT account.id, coalesce(owned.granted, 0), coalesce(booked.used, 0), coalesce(booked.burnt, 0),
           coalesce(booked.owed, 0), coalesce(booked.forgiven, 0), coalesce(booked.corrected, 0),
           coalesce(owned.left_seconds, 0), account.debt_seconds
    FROM account
    LEFT JOIN (SELECT account AS number, sum(granted_seconds)::int AS granted, sum(left_seconds)::int AS left_seconds
               FROM package GROUP BY 1) AS owned USING (number)
    LEFT JOIN (SELECT account AS number, sum(used_seconds)::int AS used, sum(burnt_seconds)::int AS burnt,
                      sum(debt_seconds)::int AS owed, sum(forgiven_seconds)::int AS forgiven,
                      sum(used_seconds) FILTER (WHERE reversed_by IS NOT NULL)::int AS corrected
               FROM usage GROUP BY 1) AS booked USING (number)
"""


_BALANCES = """
    SELECT id, sequence,
           coalesce((SELECT sum(left_seconds)::int FROM package
                     WHERE account = account.number AND state = 'active' AND activated_at <= now()
                       AND (expires_at IS NULL OR expires_at > now())), 0),
           debt_seconds,
           EXISTS (SELECT FROM entry WHERE account = account.number AND kind = 'expire' AND usage_id IS NULL)
    FROM account WHERE sequence > 0
"""


@dataclass(frozen=True, slots=True)
class StoredBalance:
    """An account's balance; `is_swept` where a sweep has booked something as expired."""

    sequence: int
    available: int
    debt: int
    is_swept: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter."""

    via: str
    code: str
    reason: str
    body: bytes


class Witness:
    """Sees the database from outside the product."""

    def __init__(self, url: str) -> None:
        """From here on every row that is committed to the outbox is copied."""
        self.url = url
        self._session: connection | None = None
        execute(url, _COPY, _COPYING, _TRIGGER)

    def applied(self) -> int | None:
        """Return how many events of producers are in the inbox; None while the database is away."""
        try:
            return int(self.select(f"SELECT count(*) FROM inbox WHERE {_OF_PRODUCERS}")[0][0])
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            return None

    def select(self, query: str) -> list[tuple[Any, ...]]:
        """
        Return the rows of a query.

        Asked many times a second, so over a session that stays; one that was lost is replaced once.

        Raises:
            OperationalError: the database is away.
        """
        try:
            return self._select(query)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self._session = None
        return self._select(query)

    def outcomes(self) -> dict[Key, str]:
        """Return what became of every event of a producer in the inbox."""
        rows = self.select(f"SELECT source, event_id, outcome FROM inbox WHERE {_OF_PRODUCERS}")
        return {(source, event_id): outcome for source, event_id, outcome in rows}

    def usages(self) -> dict[Key, BookedUsage]:
        """Return every booked usage."""
        rows = self.select(
            """
            SELECT source, event_id, account.id, used_seconds, reversed_by IS NOT NULL
            FROM inbox JOIN account ON account.number = inbox.account WHERE used_seconds IS NOT NULL
            """,
        )
        return {(row[0], row[1]): BookedUsage(*row[2:]) for row in rows}

    def totals(self) -> dict[str, Totals]:
        """Return the totals of every account."""
        return {row[0]: Totals(*row[1:]) for row in self.select(_TOTALS)}

    def emails(self) -> dict[str, str]:
        """Return the mail address of every account that has one."""
        return dict(self.select("SELECT id, email FROM account WHERE email IS NOT NULL"))

    def balances(self) -> dict[str, StoredBalance]:
        """Return the balance of every account that has changed at all."""
        return {row[0]: StoredBalance(*row[1:]) for row in self.select(_BALANCES)}

    def letters(self) -> list[Letter]:
        """Return every dead letter."""
        rows = self.select("SELECT via, code, reason, body FROM dead_letter ORDER BY id")
        return [Letter(via, code, reason, bytes(body)) for via, code, reason, body in rows]

    def waiting_to_leave(self) -> int:
        """Return how many rows are in the outbox."""
        return int(self.select("SELECT count(*) FROM outbox")[0][0])

    def sent(self, exchange: str) -> list[tuple[str, bytes]]:
        """Return id and body of everything that was ever put into the outbox for an exchange."""
        rows = self.select(f"SELECT message_id, body FROM outbox_copy WHERE exchange = '{exchange}'")
        return [(row[0], bytes(row[1])) for row in rows]

    def _select(self, query: str) -> list[tuple[Any, ...]]:
        if self._session is None:
            self._session = psycopg2.connect(self.url)
            self._session.autocommit = True
        with self._session.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
