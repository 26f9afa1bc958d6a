"""Prepared statements: PostgreSQL reads and plans them once for a connection, and not again in every transaction."""

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlmodel import Session

from store.engine import is_pooled

PLANS_SECONDS = 5.0
"""
After so long a connection forgets its plans: a table that was small when they were made may have grown since.

PostgreSQL makes them anew by itself only when a table has been analysed.
"""

_VALUE = re.compile(r"(?<!:):([a-z_]+)")
_PREPARED, _FORGOTTEN_AT, _CONNECTION = "prepared", "plans_forgotten_at", "connection"


class Prepared:
    """
    A statement that a connection prepares when it needs it first.

    Args:
        name: of the statement, unique in the product; the log of slow statements shows it.
        text: one statement; a value is written `:name`, with a CAST wherever its type is not plain.
    """

    def __init__(self, name: str, text: str) -> None:
        assert "%" not in text, "the driver would look for a value there"
        self.name = name
        self.text = text
        values = list(dict.fromkeys(_VALUE.findall(text)))
        self.preparing = f"PREPARE {name} AS {_VALUE.sub(lambda value: f'${values.index(value[1]) + 1}', text)}"
        self.executing = f"EXECUTE {name} ({', '.join(f'%({value})s' for value in values)})"
        self.plain = _VALUE.sub(r"%(\1)s", text)


def run(
    session: Session, statements: tuple[Prepared, ...], values: Mapping[str, Any]
) -> CursorResult[*tuple[Any, ...]]:
    """
    Run statements in one round trip, each with a snapshot of its own, and return the rows of the last one.

    Args:
        session: the transaction.
        statements: in their order.
        values: of all of them, by name.
    """
    connection = _connection_of(session)
    if is_pooled(connection):
        # In PgBouncer's transaction mode the next transaction has another session, where nothing is prepared.
        return connection.exec_driver_sql(_plain(statements), dict(values))
    _prepare(connection, statements)
    return connection.exec_driver_sql(_executing(statements), dict(values))


def _connection_of(session: Session) -> Connection:
    # Noted with the session: to ask it each time takes as long as to send a statement.
    connection: Connection | None = session.info.get(_CONNECTION)
    if connection is None or connection.closed:
        connection = session.info[_CONNECTION] = session.connection()
    return connection


@lru_cache(maxsize=64)
def _plain(statements: tuple[Prepared, ...]) -> str:
    return ";".join(each.plain for each in statements)


@lru_cache(maxsize=64)
def _executing(statements: tuple[Prepared, ...]) -> str:
    return ";".join(each.executing for each in statements)


def _prepare(connection: Connection, statements: tuple[Prepared, ...]) -> None:
    """Prepare what this connection has not prepared yet; that outlives the transaction, even one that is undone."""
    prepared: set[str] = connection.info.setdefault(_PREPARED, set())
    now = time.monotonic()
    if now - connection.info.setdefault(_FORGOTTEN_AT, now) > PLANS_SECONDS:
        connection.exec_driver_sql("DISCARD PLANS")
        connection.info[_FORGOTTEN_AT] = now
    for each in statements:
        if each.name not in prepared:
            connection.exec_driver_sql(each.preparing)
            prepared.add(each.name)
