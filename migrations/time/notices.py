"""Notices, their deliveries, and how accounts want to hear of them."""

TABLES = ("notice", "notice_delivery", "notice_preference", "push_subscription")

TYPES = ("balance_level", "notice_kind", "notice_state", "notice_channel", "delivery_state")

STEPS = (
    "ALTER TYPE message_type ADD VALUE 'screph.notice.preferences_set_requested.v1'",
    "ALTER TYPE message_type ADD VALUE 'screph.push.subscribed.v1'",
    "ALTER TYPE message_type ADD VALUE 'screph.push.unsubscribed.v1'",
    """
    CREATE TYPE balance_level AS ENUM ('enough', 'low', 'out')
    """,
    """
    ALTER TABLE account
        ADD COLUMN mail_bad_since TIMESTAMP WITH TIME ZONE,
        ADD COLUMN quiet_from TIME WITHOUT TIME ZONE,
        ADD COLUMN quiet_until TIME WITHOUT TIME ZONE,
        ADD COLUMN low_balance_seconds INTEGER,
        ADD COLUMN balance_level balance_level,
        ADD CONSTRAINT account_low_balance_not_negative CHECK (low_balance_seconds >= 0),
        ADD CONSTRAINT account_quiet_hours_whole CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
    """,
    """
    CREATE TYPE notice_kind AS ENUM ('purchase_receipt', 'refund', 'dispute', 'package_starting', 'package_expiring', 'package_expired', 'low_balance', 'out_of_minutes', 'subscription_started', 'renewal_coming', 'renewed', 'payment_failed', 'action_needed', 'card_expiring', 'subscription_changed', 'subscription_cancelled', 'subscription_ended', 'topup_done', 'topup_failed')
    """,
    """
    CREATE TYPE notice_state AS ENUM ('waiting', 'sent', 'dropped', 'failed')
    """,
    """
    CREATE TYPE notice_channel AS ENUM ('mail', 'push')
    """,
    """
    CREATE TYPE delivery_state AS ENUM ('waiting', 'sent', 'failed')
    """,
    """
    CREATE TABLE notice (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        owed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        not_before TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        account INTEGER NOT NULL,
        kind notice_kind NOT NULL,
        state notice_state DEFAULT 'waiting' NOT NULL,
        subject TEXT NOT NULL,
        content JSONB NOT NULL,
        reason TEXT,
        PRIMARY KEY (id),
        CONSTRAINT notice_ended_at CHECK ((state = 'waiting') = (ended_at IS NULL)),
        CONSTRAINT notice_reason CHECK (state NOT IN ('dropped', 'failed') OR reason IS NOT NULL),
        CONSTRAINT notice_once UNIQUE (kind, subject, account),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE INDEX notice_due ON notice (due_at, id) WHERE state = 'waiting'
    """,
    """
    CREATE INDEX notice_of_account ON notice (account, id)
    """,
    """
    CREATE INDEX notice_by_state ON notice (state, id)
    """,
    """
    CREATE TABLE notice_delivery (
        notice BIGINT NOT NULL,
        push_subscription BIGINT NOT NULL,
        channel notice_channel NOT NULL,
        next_attempt_at TIMESTAMP WITH TIME ZONE NOT NULL,
        sent_at TIMESTAMP WITH TIME ZONE,
        attempts INTEGER DEFAULT 0 NOT NULL,
        state delivery_state DEFAULT 'waiting' NOT NULL,
        message_id TEXT NOT NULL,
        address TEXT,
        last_error TEXT,
        PRIMARY KEY (notice, push_subscription, channel),
        CONSTRAINT notice_delivery_sent_at CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
        CONSTRAINT notice_delivery_attempts CHECK (attempts >= 0),
        FOREIGN KEY(notice) REFERENCES notice (id)
    )
    """,
    """
    CREATE INDEX notice_delivery_address ON notice_delivery (next_attempt_at) WHERE address IS NOT NULL
    """,
    """
    CREATE TABLE notice_preference (
        account INTEGER NOT NULL,
        kind TEXT NOT NULL,
        channel notice_channel NOT NULL,
        is_wanted BOOLEAN DEFAULT false NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (account, kind, channel),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE TABLE push_subscription (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        gone_at TIMESTAMP WITH TIME ZONE,
        account INTEGER NOT NULL,
        endpoint TEXT NOT NULL,
        p256dh TEXT NOT NULL,
        auth TEXT NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT push_subscription_endpoint UNIQUE (endpoint),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE INDEX push_subscription_live ON push_subscription (account) WHERE gone_at IS NULL
    """,
    """
    CREATE INDEX push_subscription_gone ON push_subscription (gone_at) WHERE gone_at IS NOT NULL
    """,
)

BACK = (
    """
    ALTER TABLE account
        DROP COLUMN mail_bad_since,
        DROP COLUMN quiet_from,
        DROP COLUMN quiet_until,
        DROP COLUMN low_balance_seconds,
        DROP COLUMN balance_level
    """,
)
