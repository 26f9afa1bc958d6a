"""Bonus programmes, and what they have given."""

TABLES = ("programme", "programme_award")

TYPES = ("programme_trigger",)

MESSAGE_TYPES = (
    "screph.programme.create_requested.v1",
    "screph.programme.switch_requested.v1",
    "screph.bonus.applied.v1",
    "screph.birthday_bonuses.requested.v1",
)

STEPS = (
    *(f"ALTER TYPE message_type ADD VALUE IF NOT EXISTS '{kind}'" for kind in MESSAGE_TYPES),
    """
    CREATE TYPE programme_trigger AS ENUM ('first_purchase', 'nth_purchase', 'return', 'birthday')
    """,
    """
    CREATE TABLE programme (
        number INTEGER GENERATED ALWAYS AS IDENTITY,
        id TEXT NOT NULL,
        trigger programme_trigger NOT NULL,
        seconds BIGINT NOT NULL,
        valid_days INTEGER,
        purchases INTEGER DEFAULT 0 NOT NULL,
        after_days INTEGER DEFAULT 0 NOT NULL,
        product_ids TEXT[] DEFAULT '{}' NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE,
        ends_at TIMESTAMP WITH TIME ZONE,
        uses_limit INTEGER,
        budget_seconds BIGINT,
        used INTEGER DEFAULT 0 NOT NULL,
        used_seconds BIGINT DEFAULT 0 NOT NULL,
        paused_at TIMESTAMP WITH TIME ZONE,
        paused_by TEXT,
        pause_reason TEXT,
        message_id BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (number),
        CONSTRAINT programme_gives CHECK (seconds > 0 AND valid_days > 0),
        CONSTRAINT programme_purchases CHECK (purchases >= 0 AND (trigger <> 'nth_purchase' OR purchases > 0)),
        CONSTRAINT programme_after_days CHECK (after_days >= 0 AND (trigger <> 'return' OR after_days > 0)),
        CONSTRAINT programme_time_not_empty CHECK (ends_at > starts_at),
        CONSTRAINT programme_limits_positive CHECK (uses_limit > 0 AND budget_seconds > 0),
        CONSTRAINT programme_counts_not_negative CHECK (used >= 0 AND used_seconds >= 0),
        CONSTRAINT programme_paused_by CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
        CONSTRAINT programme_id UNIQUE (id)
    )
     WITH (fillfactor = 80)
    """,
    """
    CREATE TABLE programme_award (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        programme INTEGER NOT NULL,
        account INTEGER NOT NULL,
        cause TEXT NOT NULL,
        order_id TEXT,
        package_id UUID NOT NULL,
        seconds BIGINT NOT NULL,
        earned_at TIMESTAMP WITH TIME ZONE NOT NULL,
        granted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        reversed_at TIMESTAMP WITH TIME ZONE,
        voided_seconds BIGINT DEFAULT 0 NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT programme_award_seconds CHECK (seconds > 0 AND voided_seconds BETWEEN 0 AND seconds),
        CONSTRAINT programme_award_reversed CHECK (reversed_at IS NOT NULL OR voided_seconds = 0),
        CONSTRAINT programme_award_package UNIQUE (package_id),
        FOREIGN KEY(programme) REFERENCES programme (number),
        FOREIGN KEY(account) REFERENCES account (number),
        FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX programme_award_of_programme ON programme_award (programme, id)
    """,
    """
    CREATE UNIQUE INDEX programme_award_once ON programme_award (account, programme, cause)
    """,
)

BACK: tuple[str, ...] = ()
