"""A spool: usage is on the disk before anything is sent, and stays there until it is booked."""

import logging
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from screph_billing_client.errors import BillingError, Refused
from screph_billing_client.server import Server

log = logging.getLogger(__name__)

BATCH = 100
IDLE_SECONDS = 1.0
AWAY_SECONDS = 5.0

MAX_KEY_CHARACTERS = 255

NEVER_BOOKED = (400, 409, 413, 422)
"""Statuses that say what is wrong with a usage. All others are about the token, the address or the moment."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS usage (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    occurred_at TEXT NOT NULL,
    feature TEXT,
    refused TEXT
)
"""


@dataclass(frozen=True, slots=True)
class Report:
    """A usage in the spool; `refused` is why the API will never book it."""

    key: str
    account_id: str
    seconds: int
    occurred_at: datetime
    feature: str | None = None
    refused: str | None = None


class UsageSpool:
    """
    Usage that is to be reported, in a file; for several threads and processes.

    `add` returns once it is on the disk, so a program or machine that ends then loses nothing. Each usage has its key
    from the beginning, so one that is sent twice, because an answer was lost or two processes sent it, is booked once.

    Args:
        file: of SQLite; it is made where it is not there.
    """

    def __init__(self, file: Path | str) -> None:
        self._file = str(file)
        self._wake = threading.Event()
        with self._open() as database:
            database.execute(_SCHEMA)

    def add(
        self,
        account_id: str,
        seconds: int,
        *,
        key: str | None = None,
        occurred_at: datetime | None = None,
        feature: str | None = None,
    ) -> str:
        """
        Keep a usage until it is booked, and return its key; one with a key that is there already changes nothing.

        Args:
            account_id: whose.
            seconds: whole, > 0.
            key: that names it for ever; random if left out.
            occurred_at: aware; now if left out.
            feature: what was used.

        Raises:
            ValueError: it can never be booked; nothing is kept.
        """
        key, occurred_at = key or str(uuid.uuid4()), occurred_at or datetime.now(UTC)
        _check(account_id, seconds, key, occurred_at)
        row = (key, account_id, seconds, occurred_at.isoformat(), feature)
        with self._open() as database:
            database.execute(
                "INSERT INTO usage (key, account_id, seconds, occurred_at, feature) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO NOTHING",
                row,
            )
        self._wake.set()
        return key

    def waiting(self, *, limit: int = BATCH) -> list[Report]:
        """Return the oldest that are still to be sent."""
        return self._select("refused IS NULL", limit)

    def refused(self, *, limit: int = BATCH) -> list[Report]:
        """Return the oldest that the API will never book; a person decides about them, by `again` or `forget`."""
        return self._select("refused IS NOT NULL", limit)

    def again(self, key: str) -> None:
        """Let a refused usage be sent once more: what stood against it is over, or it was refused by mistake."""
        with self._open() as database:
            database.execute("UPDATE usage SET refused = NULL WHERE key = ?", (key,))
        self._wake.set()

    def forget(self, key: str) -> None:
        """Drop a refused usage for ever; one that still waits stays."""
        with self._open() as database:
            database.execute("DELETE FROM usage WHERE key = ? AND refused IS NOT NULL", (key,))

    def send(self, server: Server) -> int:
        """
        Send what waits, the oldest first, and return how many were booked.

        Raises:
            BillingError: the API is away, or does not know the token; the rest waits.
        """
        return self._send_waiting(server, threading.Event())

    @contextmanager
    def sending(self, server: Server) -> Iterator[None]:
        """
        Send in a thread of its own, as long as the block lasts; what is left then waits for the next time.

        The end of the block waits for the one request that is under way. What stands against sending is logged.
        """
        stopping = threading.Event()
        thread = threading.Thread(target=self._run, args=(server, stopping), name="usage-spool", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            self._wake.set()
            thread.join()

    def _run(self, server: Server, stopping: threading.Event) -> None:
        while not stopping.is_set():
            self._wake.clear()
            try:
                self._send_waiting(server, stopping)
            except (BillingError, sqlite3.Error) as error:
                # Away, or the token is to be renewed: nothing is lost by waiting.
                log.warning("usage waits: %s", error)
                stopping.wait(AWAY_SECONDS)
                continue
            self._wake.wait(IDLE_SECONDS)

    def _send_waiting(self, server: Server, stopping: threading.Event) -> int:
        booked = 0
        while batch := self.waiting():
            for report in batch:
                if stopping.is_set():
                    return booked
                booked += self._send(server, report)
        return booked

    def _send(self, server: Server, report: Report) -> bool:
        try:
            server.report_usage(
                report.account_id,
                report.seconds,
                key=report.key,
                occurred_at=report.occurred_at,
                feature=report.feature,
            )
        except Refused as error:
            if error.status not in NEVER_BOOKED:
                raise
            log.warning("usage %s is never booked: %s", report.key, error)
            with self._open() as database:
                database.execute("UPDATE usage SET refused = ? WHERE key = ?", (str(error), report.key))
            return False
        with self._open() as database:
            database.execute("DELETE FROM usage WHERE key = ?", (report.key,))
        return True

    def _select(self, condition: str, limit: int) -> list[Report]:
        query = (
            "SELECT key, account_id, seconds, occurred_at, feature, refused FROM usage"
            f" WHERE {condition} ORDER BY number LIMIT ?"
        )
        with self._open() as database:
            rows = database.execute(query, (limit,)).fetchall()
        return [Report(row[0], row[1], row[2], datetime.fromisoformat(row[3]), row[4], row[5]) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # One for each use: threads and processes share the file alone.
        database = sqlite3.connect(self._file, timeout=30)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            # Each commit is on the disk before it returns.
            database.execute("PRAGMA synchronous = FULL")
            with database:
                yield database
        finally:
            database.close()


def _check(account_id: str, seconds: int, key: str, occurred_at: datetime) -> None:
    """
    Check what the API would refuse for ever.

    Raises:
        ValueError: with what is wrong.
    """
    if not account_id:
        raise ValueError("account_id is empty; name whose usage it is")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        raise ValueError(f"seconds is {seconds!r}; it has to be a whole number above 0")
    if not (len(key) <= MAX_KEY_CHARACTERS and key.isascii() and key.isprintable() and key == key.strip()):
        raise ValueError(f"key is {key!r}; it has to be 1 to {MAX_KEY_CHARACTERS} printable ASCII characters")
    if occurred_at.tzinfo is None:
        raise ValueError(f"occurred_at is {occurred_at}, without a zone; make it aware, such as in UTC")
