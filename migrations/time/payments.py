"""Setups: methods that are saved without a payment."""

TABLES = ("method_setup",)

TYPES = ("setup_status",)

MESSAGE_TYPES = (
    "screph.method.setup_requested.v1",
    "screph.method.setup_returned.v1",
    "screph.method.prefer_requested.v1",
    "screph.method.forget_requested.v1",
)

STEPS = (
    *(f"ALTER TYPE message_type ADD VALUE IF NOT EXISTS '{kind}'" for kind in MESSAGE_TYPES),
    """
    CREATE TYPE setup_status AS ENUM ('pending', 'approved', 'saved', 'failed', 'expired')
    """,
    """
    CREATE TABLE method_setup (
        id TEXT NOT NULL,
        account INTEGER NOT NULL,
        gateway TEXT NOT NULL,
        currency TEXT NOT NULL,
        status setup_status DEFAULT 'pending' NOT NULL,
        return_url TEXT NOT NULL,
        cancel_url TEXT NOT NULL,
        locale TEXT,
        message_id BIGINT NOT NULL,
        setup_ref TEXT,
        redirect_url TEXT,
        page_expires_at TIMESTAMP WITH TIME ZONE,
        failure TEXT,
        called_at TIMESTAMP WITH TIME ZONE,
        polled_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        buyer_snapshot JSONB,
        PRIMARY KEY (id),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE INDEX method_setup_of_account ON method_setup (account, created_at)
    """,
    """
    CREATE INDEX method_setup_open ON method_setup (updated_at) WHERE status IN ('pending', 'approved')
    """,
    """
    CREATE UNIQUE INDEX method_setup_ref ON method_setup (gateway, setup_ref)
    """,
    """
    CREATE INDEX method_setup_with_buyer ON method_setup (created_at) WHERE buyer_snapshot IS NOT NULL
    """,
)

BACK = ()
