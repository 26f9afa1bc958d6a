"""Runs the steps: one transaction each, with a short lock time-out, one runner at a time."""

from alembic import context
from sqlalchemy import Connection, text

from store.tables import metadata

LOCK_TIMEOUT = "5s"
"""A step that waits for a lock holds up every query behind it; better it fails and is run again."""

ONE_RUNNER = 7_436_201
"""Key of the advisory lock by which several starting hosts take turns."""


def run(connection: Connection) -> None:
    """Bring the schema up to the wanted step."""
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_RUNNER})
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ONE_RUNNER})
    connection.commit()


run(context.config.attributes["connection"])
