"""Telling other processes whose account has changed, and hearing it; by PostgreSQL's NOTIFY and LISTEN."""

import select
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg2
from sqlalchemy import Engine, text
from sqlmodel import Session

from messages.errors import Unavailable
from store.errors import translate_errors

CHANNEL = "account_changed"

MAX_PAYLOAD_BYTES = 7_900
"""PostgreSQL takes 7 999 bytes."""


def announce_changes(session: Session, account_ids: Iterable[str]) -> None:
    """
    Tell every listener, after the commit, that something about accounts has changed.

    A hint: it may be lost, and does not come through a pooler that shares sessions; whoever hears it reads again. For a
    transaction of its own, since PostgreSQL lets one transaction with a NOTIFY commit at a time.

    Args:
        session: the transaction; nothing else is written in it.
        account_ids: Screph's ids, each named once.
    """
    payloads = list(_payloads(sorted(set(account_ids))))
    if payloads:
        session.execute(text("SET LOCAL synchronous_commit = off"))
        session.execute(
            text(f"SELECT pg_notify('{CHANNEL}', payload) FROM unnest(CAST(:payloads AS text[])) AS payload"),
            {"payloads": payloads},
        )


def _payloads(account_ids: Iterable[str]) -> Iterator[str]:
    """Return JSON arrays of ids, each short enough for a NOTIFY."""
    parts: list[str] = []
    length = 2
    for account_id in account_ids:
        part = orjson.dumps(account_id).decode()
        # A letter may take four bytes.
        added = len(part.encode()) + 1
        if parts and length + added > MAX_PAYLOAD_BYTES:
            yield f"[{','.join(parts)}]"
            parts, length = [], 2
        parts.append(part)
        length += added
    if parts:
        yield f"[{','.join(parts)}]"


class ChangeListener:
    """One connection that hears of changes; `open_listener` makes one. Not for several threads."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def wait(self, seconds: float, *, waker: socket.socket) -> set[str]:
        """
        Return whose accounts have changed since the last call; none after some seconds, or when the waker can be read.

        Raises:
            Unavailable: the connection is lost; what changed since then is not heard.
        """
        try:
            select.select([self._connection, waker], [], [], seconds)
            self._connection.poll()
            heard = [notify.payload for notify in self._connection.notifies]
        except (psycopg2.Error, OSError, ValueError) as error:
            reason = str(error).strip().split("\n")[0]
            raise Unavailable(f"the database's notifications cannot be heard: {reason}") from error
        self._connection.notifies.clear()
        return {account_id for payload in heard for account_id in _account_ids(payload)}


@contextmanager
def open_listener(engine: Engine) -> Iterator[ChangeListener | None]:
    """
    Open a connection of its own that listens, and close it afterwards.

    None where a pooler stands between that shares its sessions: it would deliver to nobody.

    Raises:
        Unavailable: the database cannot be reached.
    """
    try:
        with translate_errors():
            pooled = engine.raw_connection()
    except psycopg2.Error as error:
        # SQLAlchemy wraps what a statement meets, not what connecting does.
        raise Unavailable(f"the database cannot be reached: {str(error).strip()}") from error
    is_shared = pooled.info["is_pooled"]
    # From here on it is nobody else's, and the engine's pool may open another one instead.
    pooled.detach()
    connection: Any = pooled.dbapi_connection
    try:
        if is_shared:
            yield None
            return
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
        except psycopg2.Error as error:
            raise Unavailable(f"the database cannot be listened to: {str(error).strip()}") from error
        yield ChangeListener(connection)
    finally:
        connection.close()


def _account_ids(payload: str) -> list[str]:
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        # Whoever may connect may NOTIFY.
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
