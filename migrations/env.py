"""Runs the steps: one transaction each, with a short lock time-out, one runner at a time."""

from alembic import context
from sqlalchemy import Connection, text

from store.tables import metadata

TURN_TIMEOUT = "200s"
"""How long a runner waits for the one before it."""

ONE_RUNNER = 7_436_201
"""Key of the advisory lock by which several starting hosts take turns."""


def run(connection: Connection) -> None:
    """Bring the schema up to the wanted step."""
    connection.rollback()
    # The turn is a transaction of its own: a lock of a session would be lost or left behind in PgBouncer, which gives
    # each transaction another session.
    with connection.engine.connect() as turn:
        turn.execute(
            text(f"SET LOCAL lock_timeout = '{TURN_TIMEOUT}'; SET LOCAL idle_in_transaction_session_timeout = 0")
        )
        turn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_RUNNER})
        context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
        turn.rollback()


run(context.config.attributes["connection"])
