"""What time does: subscriptions that renew, packages that expire, and notices."""

from alembic import op

from migrations.time import minutes, notices, payments, subscriptions, topup

revision = "0002"
down_revision = "0001"

PARTS = (minutes, payments, notices, subscriptions, topup)
"""Each has `STEPS`; `TABLES` and `TYPES` that it adds, and `BACK`, which takes its changes of other tables back."""


def upgrade() -> None:
    """Add what each part needs."""
    for part in PARTS:
        for step in part.STEPS:
            op.execute(step)


def downgrade() -> None:
    """Take it away again; the data in it goes with it."""
    for part in reversed(PARTS):
        for step in part.BACK:
            op.execute(step)
        for table in reversed(part.TABLES):
            op.execute(f"DROP TABLE {table}")
        for kind in getattr(part, "TYPES", ()):
            op.execute(f"DROP TYPE {kind}")
