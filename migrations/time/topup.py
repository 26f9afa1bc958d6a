"""Auto top-up: how accounts want it, and how far the present one is."""

TABLES = ("topup",)

TYPES = ("topup_stop",)

MESSAGE_TYPES = ("screph.topup.set_requested.v1",)

STEPS = (
    *(f"ALTER TYPE message_type ADD VALUE IF NOT EXISTS '{kind}'" for kind in MESSAGE_TYPES),
    """
    ALTER TABLE account ADD COLUMN topup_below_seconds BIGINT
    """,
    """
    CREATE TYPE topup_stop AS ENUM ('declined', 'no_method', 'not_for_sale', 'account_closed', 'burst')
    """,
    """
    CREATE TABLE topup (
        id TEXT NOT NULL,
        account INTEGER NOT NULL,
        product INTEGER NOT NULL,
        currency TEXT NOT NULL,
        threshold_seconds BIGINT NOT NULL,
        max_per_day INTEGER NOT NULL,
        max_minor_per_day BIGINT,
        cooldown_seconds INTEGER NOT NULL,
        method_id BIGINT,
        is_on BOOLEAN DEFAULT false NOT NULL,
        message_id BIGINT NOT NULL,
        set_at TIMESTAMP WITH TIME ZONE NOT NULL,
        sequence INTEGER DEFAULT 0 NOT NULL,
        order_id TEXT,
        ready_at TIMESTAMP WITH TIME ZONE,
        due_at TIMESTAMP WITH TIME ZONE,
        stop topup_stop,
        stop_code TEXT,
        stopped_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT topup_threshold_positive CHECK (threshold_seconds > 0),
        CONSTRAINT topup_limits_positive CHECK (max_per_day > 0 AND max_minor_per_day > 0),
        CONSTRAINT topup_on_is_not_stopped CHECK (NOT (is_on AND stop IS NOT NULL)),
        CONSTRAINT topup_stopped_at CHECK ((stop IS NULL) = (stopped_at IS NULL)),
        CONSTRAINT topup_account UNIQUE (account),
        FOREIGN KEY(account) REFERENCES account (number),
        FOREIGN KEY(product) REFERENCES product (number),
        FOREIGN KEY(method_id) REFERENCES saved_method (id)
    )
    """,
    """
    CREATE INDEX topup_due ON topup (due_at) WHERE is_on AND order_id IS NULL
    """,
    """
    CREATE INDEX topup_under_way ON topup (order_id) WHERE order_id IS NOT NULL
    """,
)

BACK = ("ALTER TABLE account DROP COLUMN topup_below_seconds",)
