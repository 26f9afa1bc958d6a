"""Whom a call told the gateway of, so that a repeat with the same key says the same."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; without a default, so that no row is rewritten."""
    op.execute("ALTER TABLE orders ADD COLUMN buyer_snapshot JSONB")
    op.execute("ALTER TABLE refund ADD COLUMN buyer_snapshot JSONB")


def downgrade() -> None:
    """Take them down again."""
    op.execute("ALTER TABLE orders DROP COLUMN buyer_snapshot")
    op.execute("ALTER TABLE refund DROP COLUMN buyer_snapshot")
