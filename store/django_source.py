"""The database of Screph's old backend, a Django project on SQLite or PostgreSQL: read in batches, never written."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
from sqlalchemy import Connection, Engine, MetaData, Select, Table, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError, NoSuchTableError
from sqlalchemy.types import NullType

from store.engine import CONNECTING, UnableToConnect, read_address

OFFERS = "minute_package_management_minutepackage"
PACKAGES = "minute_package_management_userpackage"
TRANSACTIONS = "payment_gateway_integration_paymenttransaction"
TOKENS = "authtoken_token"

Row = dict[str, Any]

_NEEDED = {
    OFFERS: ("id", "name", "minutes_amount", "price"),
    PACKAGES: ("id", "user_id", "package_id", "purchase_date", "minutes_remaining", "is_active"),
    TRANSACTIONS: (
        "id",
        "user_id",
        "package_purchased_id",
        "transaction_id_gateway",
        "amount",
        "currency",
        "status",
        "created_at",
    ),
    TOKENS: ("key", "user_id", "created"),
}
"""Columns that an import reads; what else is there, and what a model of users has, differs between projects."""

_IS_WHOLE = (
    "typeof(minutes_remaining) IN ('integer', 'real') AND minutes_remaining = CAST(minutes_remaining AS integer)"
)


class UnableToReadSource(ValueError):
    """The database is not there, or is not one of the old backend; the text says what is wrong."""


class DjangoSource:
    """
    The tables of the old backend. Every list is read by key, so a batch costs the same wherever it begins.

    Source: docs/import-django.md.
    """

    def __init__(self, connection: Connection, users: str) -> None:
        self._connection = connection
        self._tables = {name: _table(connection, name) for name in (users, OFFERS, PACKAGES, TRANSACTIONS, TOKENS)}
        self._users = self._tables[users]

    def offers(self) -> list[Row]:
        """Return every offer, by its number."""
        offers = self._tables[OFFERS]
        return self._rows(select(offers).order_by(offers.c.id))

    def user_batches(self, size: int) -> Iterator[list[Row]]:
        """Yield all users by their numbers, so many at a time."""
        last_id: Any = None
        while True:
            query = select(self._users).order_by(self._users.c.id).limit(size)
            rows = self._rows(query if last_id is None else query.where(self._users.c.id > last_id))
            if not rows:
                return
            yield rows
            last_id = rows[-1]["id"]

    def of_users(self, table: str, first_id: int, last_id: int) -> list[Row]:
        """Return the rows of users with numbers in a range, both included."""
        rows = self._tables[table]
        order = rows.c.user_id, *rows.primary_key.columns
        return self._rows(select(rows).where(rows.c.user_id.between(first_id, last_id)).order_by(*order))

    def orphans(self, table: str) -> list[Row]:
        """Return rows that belong to no user."""
        rows = self._tables[table]
        known = select(self._users.c.id).where(self._users.c.id == rows.c.user_id).exists()
        return self._rows(select(rows).where(~known))

    def minutes_left(self) -> int:
        """Return the minutes that all users could spend, added up by the old database itself."""
        packages = self._tables[PACKAGES]
        known = select(self._users.c.id).where(self._users.c.id == packages.c.user_id).exists()
        left = func.coalesce(func.sum(packages.c.minutes_remaining), 0)
        query = select(left).where(packages.c.is_active, packages.c.minutes_remaining > 0, known)
        if self._connection.dialect.name == "sqlite":
            # Elsewhere the column holds whole numbers alone.
            query = query.where(text(_IS_WHOLE))
        return int(self._connection.execute(query).scalar_one())

    def _rows(self, query: Select[Any]) -> list[Row]:
        return [dict(row) for row in self._connection.execute(query).mappings()]


@contextmanager
def open_django_source(address: str, *, users: str = "auth_user") -> Iterator[DjangoSource]:
    """
    Open the database of the old backend, to be read as of one moment.

    Args:
        address: a `postgresql://…` URL, or the path of an SQLite file.
        users: the table of users, where the project has its own model of them.

    Raises:
        UnableToReadSource: it cannot be opened, or a table is missing.
    """
    try:
        engine = _open(address)
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield DjangoSource(connection, users)
            connection.rollback()
    except UnableToConnect as error:
        raise UnableToReadSource(f"the old database: {error}") from error
    except NoSuchTableError as error:
        raise UnableToReadSource(f"the old database has no table {error}; --users names the one of users") from error
    except DBAPIError as error:
        reason = str(error.orig).strip().split("\n")[0]
        raise UnableToReadSource(f"the old database cannot be read: {reason}") from error
    engine.dispose()


def _open(address: str) -> Engine:
    if "://" in address:
        url = read_address(address)
        return create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(url, **CONNECTING))
    try:
        if not Path(address).is_file():
            raise UnableToReadSource(f"{_short(address)} cannot be read: there is no such file")
    except OSError as error:
        raise UnableToReadSource(f"{_short(address)} cannot be read: {error.strerror}") from error
    file = f"file:{quote(str(Path(address).resolve()))}?mode=ro"
    return create_engine("sqlite://", creator=lambda: _connect(file))


def _connect(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def _short(address: str) -> str:
    """Return the path of a file, not too long of one that cannot be right."""
    return address if len(address) <= 200 else f"{address[:200]}…"


def _table(connection: Connection, name: str) -> Table:
    # What Django made is asked for its columns; a model of its own may have more of them, or other types.
    table = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
    missing = [column for column in _NEEDED.get(name, ("id",)) if column not in table.columns]
    if missing:
        raise UnableToReadSource(f"the old database's table {name} has no column {', '.join(missing)}")
    if connection.dialect.name == "sqlite":
        # Values come as they are: one that does not fit the type of its column is one odd row, not the end of it all.
        for column in table.columns:
            column.type = NullType()
    return table


def numbered(rows: Sequence[Row], key: str) -> dict[int, list[Row]]:
    """Return rows by a number in them, in their order."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found
