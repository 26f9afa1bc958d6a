"""The first schema: everything that the first release needs."""

from alembic import op

from migrations.initial import catalogue, gateways, messages, minutes, payments, schedule

revision = "0001"
down_revision = None

PARTS = (messages, minutes, catalogue, payments, gateways, schedule)


def upgrade() -> None:
    """Build everything."""
    for part in PARTS:
        for step in part.STEPS:
            op.execute(step)


def downgrade() -> None:
    """Take everything down; the data goes with it."""
    for part in reversed(PARTS):
        for view in getattr(part, "VIEWS", ()):
            op.execute(f"DROP VIEW {view}")
        for table in reversed(part.TABLES):
            op.execute(f"DROP TABLE {table}")
        for function in getattr(part, "FUNCTIONS", ()):
            op.execute(f"DROP FUNCTION {function}")
        for kind in getattr(part, "TYPES", ()):
            op.execute(f"DROP TYPE {kind}")
