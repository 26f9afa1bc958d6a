"""Accounts, packages, usages and the ledger."""

TABLES = ("account", "package", "usage", "entry")

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
        CONSTRAINT entry_kind_fits_package CHECK (CASE WHEN package_id IS NULL THEN kind IN ('debt', 'debt_settled', 'debt_cancelled', 'forgiven') ELSE kind IN ('grant', 'burn', 'settle', 'give_back', 'expire', 'void', 'freeze', 'unfreeze') END),
        CONSTRAINT entry_not_empty CHECK (seconds <> 0)
    )
    """,
    """
    CREATE INDEX entry_of_usage
        ON entry (usage_id)
        WHERE usage_id IS NOT NULL
    """,
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
