"""Promotions: what is given besides what is bought. And the web: who may ask; and statistics."""

from alembic import op

from migrations.access import audit_log, identities, operator_requests, operators, passkeys, saved_filters, standing
from migrations.catalogue import prices
from migrations.promotions import campaigns, codes, payments, programmes, referrals
from migrations.statistics import comparisons, days, letters, money, outbox, processes, sums
from migrations.web import sessions, sign_in_codes, tokens

revision = "0003"
down_revision = "0002"

PARTS = (
    tokens,
    sessions,
    codes,
    payments,
    campaigns,
    programmes,
    referrals,
    sign_in_codes,
    operators,
    audit_log,
    passkeys,
    sums,
    money,
    processes,
    letters,
    saved_filters,
    prices,
    days,
    standing,
    operator_requests,
    comparisons,
    outbox,
    identities,
)
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
        for kind in part.TYPES:
            op.execute(f"DROP TYPE {kind}")
