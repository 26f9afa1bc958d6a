"""Giving a used copy of a database back the state of its original, which is ten times as fast as a new copy."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import psycopg2

from tests.servers.databases import open_session

_GROWTH_BYTES = 4_000_000
"""A copy that has grown more is not worth emptying: its tables stay large, and would slow down the next test."""

# Whoever changes a schema writes rows of these, so the sum of their transactions changes.
_CATALOGUES = (
    "pg_attrdef",
    "pg_attribute",
    "pg_class",
    "pg_constraint",
    "pg_default_acl",
    "pg_extension",
    "pg_index",
    "pg_namespace",
    "pg_policy",
    "pg_proc",
    "pg_rewrite",
    "pg_statistic_ext",
    "pg_trigger",
    "pg_type",
)

_SCHEMA = " UNION ALL ".join(f"SELECT '{name}', count(*), sum(xmin::text::bigint) FROM {name}" for name in _CATALOGUES)
_SETTINGS = (
    "SELECT datallowconn, datconnlimit, datacl::text,"
    " (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase = pg_database.oid)"
    " FROM pg_database WHERE datname = current_database()"
)
# A table that nobody has written to has no page.
_WRITTEN = (
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384"
    " AND pg_relation_size(oid) > 0 ORDER BY 1"
)
_SEQUENCES = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Original:
    """What a database is like before anybody works with a copy of it."""

    schema: list[tuple[Any, ...]]
    settings: list[tuple[Any, ...]]
    rows: dict[str, str]
    """The rows of each table that has any, as a digest; in a copy they may not change."""
    sequences: dict[str, tuple[int, bool]]
    size_bytes: int

    @classmethod
    def of(cls, url: str) -> Self:
        """Describe a database."""
        with open_session(url) as opened, opened.cursor() as cursor:
            return cls(
                _select(cursor, _SCHEMA),
                _select(cursor, _SETTINGS),
                {table: _digest(cursor, table) for (table,) in _select(cursor, _WRITTEN)},
                {name: _place(cursor, name) for (name,) in _select(cursor, _SEQUENCES)},
                _size_bytes(cursor),
            )


def restore(url: str, original: Original) -> bool:
    """
    Bring a copy into the state of its original, and end all other sessions; return False where it cannot be done.

    It can where no test changed the schema, a setting or a row of the original, and for a superuser only, whom the
    triggers of a table and its foreign keys do not hold up.
    """
    with suppress(psycopg2.Error), open_session(url) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE false")
        if _select(cursor, _SCHEMA) != original.schema or _select(cursor, _SETTINGS) != original.settings:
            return False
        if _size_bytes(cursor) > original.size_bytes + _GROWTH_BYTES:
            return False
        written = [table for (table,) in _select(cursor, _WRITTEN)]
        if any(_digest(cursor, table) != digest for table, digest in original.rows.items()):
            return False
        statements = ["SET session_replication_role = replica"]
        statements += [f"DELETE FROM {table}" for table in written if table not in original.rows]
        statements += [
            f"SELECT setval('{name}', {last_value}, {is_called})"
            for name, (last_value, is_called) in original.sequences.items()
        ]
        cursor.execute("; ".join(statements))
        return True
    return False


def _select(cursor: Any, query: Any) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _digest(cursor: Any, table: str) -> str:
    query = f"SELECT coalesce(md5(string_agg(each::text, '|' ORDER BY each::text)), '') FROM {table} AS each"
    return str(_select(cursor, query)[0][0])


def _place(cursor: Any, sequence: str) -> tuple[int, bool]:
    last_value, is_called = _select(cursor, f"SELECT last_value, is_called FROM {sequence}")[0]
    return int(last_value), bool(is_called)


def _size_bytes(cursor: Any) -> int:
    return int(_select(cursor, "SELECT pg_database_size(current_database())")[0][0])
