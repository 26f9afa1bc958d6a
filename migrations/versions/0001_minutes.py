"""Accounts, packages, usages, the ledger; inbox, outbox, dead letters; the scheduler's slots."""

from alembic import op

revision = "0001"
down_revision = None

STEPS = (
    """
    CREATE TABLE account (
        id TEXT NOT NULL,
        sequence BIGINT DEFAULT 0 NOT NULL,
        debt_seconds BIGINT DEFAULT 0 NOT NULL,
        email TEXT,
        locale TEXT,
        currency TEXT,
        time_zone TEXT,
        referrer TEXT,
        described_at TIMESTAMP WITH TIME ZONE,
        opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT account_id_length CHECK (length(id) BETWEEN 1 AND 64),
        CONSTRAINT account_debt_not_negative CHECK (debt_seconds >= 0),
        CONSTRAINT account_sequence_not_negative CHECK (sequence >= 0)
    )
     WITH (fillfactor = 80)
    """,
    """
    CREATE TABLE package (
        id UUID NOT NULL,
        account_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        priority INTEGER NOT NULL,
        state TEXT DEFAULT 'active' NOT NULL,
        activated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE,
        granted_seconds BIGINT NOT NULL,
        left_seconds BIGINT NOT NULL,
        has_left BOOLEAN GENERATED ALWAYS AS (left_seconds > 0) STORED,
        consumed_seconds BIGINT DEFAULT 0 NOT NULL,
        held_seconds BIGINT DEFAULT 0 NOT NULL,
        frozen_seconds BIGINT DEFAULT 0 NOT NULL,
        expired_seconds BIGINT DEFAULT 0 NOT NULL,
        voided_seconds BIGINT DEFAULT 0 NOT NULL,
        expiry_announced_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (id),
        CONSTRAINT package_every_second_accounted_for CHECK (granted_seconds = left_seconds + consumed_seconds + held_seconds + frozen_seconds + expired_seconds + voided_seconds),
        CONSTRAINT package_seconds_not_negative CHECK (granted_seconds >= 0 AND left_seconds >= 0 AND consumed_seconds >= 0 AND held_seconds >= 0 AND frozen_seconds >= 0 AND expired_seconds >= 0 AND voided_seconds >= 0),
        CONSTRAINT package_period_not_empty CHECK (expires_at > activated_at),
        CONSTRAINT package_kind CHECK (kind IN ('purchased', 'subscription', 'promo', 'bonus', 'support')),
        CONSTRAINT package_state CHECK (state IN ('active', 'frozen', 'voided')),
        FOREIGN KEY(account_id) REFERENCES account (id)
    )
     WITH (fillfactor = 80)
    """,
    """
    CREATE INDEX package_of_account
        ON package (account_id, activated_at)
    """,
    """
    CREATE INDEX package_to_expire
        ON package (expires_at)
        WHERE has_left AND expires_at IS NOT NULL
    """,
    """
    CREATE INDEX package_to_tell
        ON package (expires_at)
        WHERE expiry_announced_at IS NULL AND expires_at IS NOT NULL
    """,
    """
    CREATE INDEX package_with_left
        ON package (account_id)
        WHERE has_left
    """,
    """
    CREATE TABLE usage (
        id BIGINT NOT NULL,
        account_id TEXT NOT NULL,
        used_seconds INTEGER NOT NULL,
        burnt_seconds INTEGER NOT NULL,
        debt_seconds INTEGER DEFAULT 0 NOT NULL,
        forgiven_seconds INTEGER DEFAULT 0 NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        judged_at TIMESTAMP WITH TIME ZONE NOT NULL,
        policy TEXT NOT NULL,
        is_late BOOLEAN DEFAULT false NOT NULL,
        is_requested BOOLEAN DEFAULT false NOT NULL,
        session_id TEXT,
        feature TEXT,
        extra JSONB,
        reversed_by BIGINT,
        PRIMARY KEY (id),
        CONSTRAINT usage_positive CHECK (used_seconds > 0),
        CONSTRAINT usage_every_second_accounted_for CHECK (used_seconds = burnt_seconds + debt_seconds + forgiven_seconds),
        CONSTRAINT usage_parts_not_negative CHECK (burnt_seconds >= 0 AND debt_seconds >= 0 AND forgiven_seconds >= 0),
        CONSTRAINT usage_policy CHECK (policy IN ('oldest_first', 'soonest_expiry'))
    )
    """,
    """
    CREATE UNIQUE INDEX usage_reversed_once
        ON usage (reversed_by)
        WHERE reversed_by IS NOT NULL
    """,
    """
    CREATE TABLE entry (
        account_id TEXT NOT NULL,
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        kind TEXT NOT NULL,
        seconds INTEGER NOT NULL,
        package_id UUID,
        usage_id BIGINT,
        message_id BIGINT NOT NULL,
        effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
        booked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (account_id, id),
        CONSTRAINT entry_kind_fits_package CHECK (CASE WHEN package_id IS NULL THEN kind IN ('debt', 'debt_settled', 'debt_cancelled', 'forgiven') ELSE kind IN ('grant', 'burn', 'settle', 'give_back', 'expire', 'void', 'freeze') END),
        CONSTRAINT entry_not_empty CHECK (seconds <> 0)
    )
    """,
    """
    CREATE INDEX entry_of_usage
        ON entry (usage_id)
        WHERE usage_id IS NOT NULL
    """,
    """
    CREATE TABLE inbox (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        source TEXT NOT NULL,
        event_id TEXT NOT NULL,
        type TEXT NOT NULL,
        sha256 BYTEA NOT NULL,
        outcome TEXT DEFAULT 'applied' NOT NULL,
        answer JSONB,
        received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT inbox_outcome CHECK (outcome IN ('applied', 'refused')),
        CONSTRAINT inbox_hash_length CHECK (length(sha256) = 32)
    )
    """,
    """
    CREATE UNIQUE INDEX inbox_key
        ON inbox (source, event_id)
    """,
    """
    CREATE TABLE outbox (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        exchange TEXT NOT NULL,
        routing_key TEXT NOT NULL,
        message_id TEXT NOT NULL,
        body BYTEA NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (id)
    )
     WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000)
    """,
    """
    CREATE TABLE dead_letter (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        via TEXT NOT NULL,
        queue TEXT NOT NULL,
        code TEXT NOT NULL,
        reason TEXT NOT NULL,
        source TEXT,
        event_id TEXT,
        body BYTEA NOT NULL,
        body_sha256 BYTEA NOT NULL,
        headers JSONB,
        seen INTEGER DEFAULT 1 NOT NULL,
        state TEXT DEFAULT 'waiting' NOT NULL,
        first_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        resolved_at TIMESTAMP WITH TIME ZONE,
        resolved_by TEXT,
        resolution TEXT,
        PRIMARY KEY (id),
        CONSTRAINT dead_letter_via CHECK (via IN ('quarantined', 'dead_lettered')),
        CONSTRAINT dead_letter_state CHECK (state IN ('waiting', 'replayed', 'discarded')),
        CONSTRAINT dead_letter_resolution CHECK ((state = 'waiting') = (resolved_at IS NULL)),
        CONSTRAINT dead_letter_discard_reason CHECK (state <> 'discarded' OR coalesce(resolution, '') <> '')
    )
    """,
    """
    CREATE UNIQUE INDEX dead_letter_waiting
        ON dead_letter (queue, body_sha256)
        WHERE state = 'waiting'
    """,
    """
    CREATE TABLE scheduler_slot (
        job TEXT NOT NULL,
        slot TIMESTAMP WITH TIME ZONE NOT NULL,
        claimed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (job, slot)
    )
    """,
    # The ledger only grows; whoever tries otherwise, by whatever way, is told so.
    """
    CREATE FUNCTION entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is append-only: entries are neither changed nor deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON entry
        FOR EACH ROW EXECUTE FUNCTION entry_is_append_only()
    """,
    """
    CREATE TRIGGER entry_not_truncated BEFORE TRUNCATE ON entry
        FOR EACH STATEMENT EXECUTE FUNCTION entry_is_append_only()
    """,
)


def upgrade() -> None:
    """Build everything."""
    for step in STEPS:
        op.execute(step)


def downgrade() -> None:
    """Take everything down; the data goes with it."""
    for table in ("scheduler_slot", "dead_letter", "outbox", "inbox", "entry", "usage", "package", "account"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION entry_is_append_only")
