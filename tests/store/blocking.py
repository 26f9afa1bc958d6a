"""Transactions that stand in each other's way, and waiting until they do."""

from sqlalchemy import text

from store.engine import Engine
from tests.servers.waiting import wait_until


def wait_until_blocked(engine: Engine, count: int = 1) -> None:
    """Return as soon as so many sessions of this database wait for a lock that another one holds."""
    query = text("""
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
    """)

    def is_blocked() -> bool:
        with engine.connect() as connection:
            return bool(connection.execute(query).scalar_one() >= count)

    wait_until(is_blocked, f"{count} sessions wait for a lock", limit_s=5)
