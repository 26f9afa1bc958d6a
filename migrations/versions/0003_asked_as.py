"""Whom a call told the gateway of, so that a repeat with the same key says the same."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; without a default, so that no row is rewritten."""
    op.execute("ALTER TABLE orders ADD COLUMN asked_as JSONB")
    op.execute("ALTER TABLE refund ADD COLUMN asked_as JSONB")


def downgrade() -> None:
    """Take them down again."""
    op.execute("ALTER TABLE orders DROP COLUMN asked_as")
    op.execute("ALTER TABLE refund DROP COLUMN asked_as")
