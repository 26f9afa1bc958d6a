"""Standing: accounts are blocked, freed and closed."""

MESSAGE_TYPES = (
    "screph.account.block_requested.v1",
    "screph.account.unblock_requested.v1",
    "screph.account.close_requested.v1",
)

TABLES = ("standing_change",)

TYPES = ("standing",)

STEPS = (
    *(f"ALTER TYPE message_type ADD VALUE IF NOT EXISTS '{kind}'" for kind in MESSAGE_TYPES),
    "CREATE TYPE standing AS ENUM ('open', 'blocked', 'closed')",
    """
    CREATE TABLE standing_change (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        account INTEGER NOT NULL,
        standing standing NOT NULL,
        by TEXT NOT NULL,
        reason TEXT NOT NULL,
        message BIGINT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    "CREATE INDEX standing_change_of_account ON standing_change (account, id)",
    # The bytes of webhooks of a closed account are found by what they are about.
    "CREATE INDEX webhook_of_ref ON webhook (ref) WHERE body <> ''",
    # A person is told of every browser that was ever theirs.
    "CREATE INDEX push_subscription_account ON push_subscription (account)",
)

BACK = ("DROP INDEX webhook_of_ref", "DROP INDEX push_subscription_account")
