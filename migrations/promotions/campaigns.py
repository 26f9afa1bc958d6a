"""Campaigns, and the accounts that each is for."""

TABLES = ("campaign", "campaign_account")

TYPES = ("campaign_kind", "campaign_status")

MESSAGE_TYPES = (
    "screph.campaign.create_requested.v1",
    "screph.campaign.approve_requested.v1",
    "screph.campaign.void_requested.v1",
    "screph.campaigns_run.requested.v1",
    "screph.promotions_guard.requested.v1",
)

STEPS = (
    "CREATE INDEX redemption_recent ON redemption USING brin (redeemed_at)",
    *(f"ALTER TYPE message_type ADD VALUE IF NOT EXISTS '{kind}'" for kind in MESSAGE_TYPES),
    """
    CREATE TYPE campaign_kind AS ENUM ('compensation', 'bonus')
    """,
    """
    CREATE TYPE campaign_status AS ENUM ('waiting', 'running', 'completed', 'voiding', 'voided')
    """,
    """
    CREATE TABLE campaign (
        number INTEGER GENERATED ALWAYS AS IDENTITY,
        id TEXT NOT NULL,
        kind campaign_kind NOT NULL,
        segment JSONB NOT NULL,
        seconds_each BIGINT NOT NULL,
        valid_days INTEGER,
        reason TEXT NOT NULL,
        accounts INTEGER NOT NULL,
        status campaign_status NOT NULL,
        message_id BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        approved_by TEXT,
        approved_at TIMESTAMP WITH TIME ZONE,
        started_at TIMESTAMP WITH TIME ZONE,
        completed_at TIMESTAMP WITH TIME ZONE,
        granted_accounts INTEGER,
        void_message_id BIGINT,
        void_requested_by TEXT,
        void_requested_at TIMESTAMP WITH TIME ZONE,
        void_reason TEXT,
        voided_at TIMESTAMP WITH TIME ZONE,
        voided_seconds BIGINT,
        PRIMARY KEY (number),
        CONSTRAINT campaign_offer_positive CHECK (seconds_each > 0 AND valid_days > 0 AND accounts >= 0),
        CONSTRAINT campaign_approved_by_another CHECK ((approved_by IS NULL) = (approved_at IS NULL) AND lower(approved_by) <> lower(created_by)),
        CONSTRAINT campaign_waiting CHECK (status <> 'waiting' OR started_at IS NULL),
        CONSTRAINT campaign_started CHECK (status NOT IN ('running', 'completed') OR started_at IS NOT NULL),
        CONSTRAINT campaign_completed CHECK (status <> 'completed' OR granted_accounts = accounts),
        CONSTRAINT campaign_void_has_cause CHECK ((status IN ('voiding', 'voided')) = (void_message_id IS NOT NULL) AND (void_message_id IS NULL) = (void_reason IS NULL)),
        CONSTRAINT campaign_voided CHECK ((status = 'voided') = (voided_at IS NOT NULL) AND (voided_at IS NULL) = (voided_seconds IS NULL)),
        CONSTRAINT campaign_id UNIQUE (id)
    )
    """,
    """
    CREATE TABLE campaign_account (
        campaign INTEGER NOT NULL,
        account INTEGER NOT NULL,
        package INTEGER,
        voided_seconds BIGINT,
        PRIMARY KEY (campaign, account),
        CONSTRAINT campaign_account_voided_was_granted CHECK (voided_seconds IS NULL OR package IS NOT NULL),
        CONSTRAINT campaign_account_voided_not_negative CHECK (voided_seconds >= 0),
        CONSTRAINT campaign_account_package_fkey FOREIGN KEY(package, account) REFERENCES package (number, account),
        FOREIGN KEY(campaign) REFERENCES campaign (number),
        FOREIGN KEY(account) REFERENCES account (number)
    ) WITH (fillfactor = 80)
    """,
)

BACK: tuple[str, ...] = ()
