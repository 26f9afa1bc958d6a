"""Subscriptions, and what their orders and attempts say about them; the products that can be subscribed to."""

TABLES = ("subscription", "method_change")
TYPES = ("subscription_status", "period_unit")

MESSAGE_TYPES = (
    "screph.subscription.start_requested.v1",
    "screph.subscription.change_requested.v1",
    "screph.subscription.cancel_requested.v1",
    "screph.subscription.resume_requested.v1",
    "screph.subscription.pause_requested.v1",
    "screph.subscription.payment_requested.v1",
)

STEPS = (
    *(f"ALTER TYPE message_type ADD VALUE IF NOT EXISTS '{kind}'" for kind in MESSAGE_TYPES),
    """
    CREATE TYPE period_unit AS ENUM ('day', 'week', 'month', 'year')
    """,
    """
    CREATE TYPE subscription_status AS ENUM ('pending', 'active', 'past_due', 'unpaid', 'paused', 'cancelled')
    """,
    """
    ALTER TABLE product ADD COLUMN period period_unit, ADD COLUMN trial_days INTEGER,
        ADD COLUMN trial_seconds BIGINT,
        ADD CONSTRAINT product_period CHECK ((kind = 'subscription') = (period IS NOT NULL)),
        ADD CONSTRAINT product_trial CHECK (trial_days IS NULL OR (trial_days > 0 AND period IS NOT NULL)),
        ADD CONSTRAINT product_trial_seconds CHECK ((trial_days IS NULL) = (trial_seconds IS NULL) AND trial_seconds > 0)
    """,
    """
    CREATE TABLE subscription (
        id TEXT NOT NULL,
        account INTEGER NOT NULL,
        product INTEGER NOT NULL,
        gateway TEXT NOT NULL,
        currency TEXT NOT NULL,
        price_minor BIGINT NOT NULL,
        granted_seconds BIGINT NOT NULL,
        valid_days BIGINT,
        period period_unit NOT NULL,
        title TEXT NOT NULL,
        status subscription_status DEFAULT 'pending' NOT NULL,
        locale TEXT,
        country TEXT,
        anchor_at TIMESTAMP WITH TIME ZONE,
        period_start TIMESTAMP WITH TIME ZONE,
        period_end TIMESTAMP WITH TIME ZONE,
        order_id TEXT,
        paid_order_id TEXT,
        failed_attempts INTEGER DEFAULT 0 NOT NULL,
        first_failed_at TIMESTAMP WITH TIME ZONE,
        next_attempt_at TIMESTAMP WITH TIME ZONE,
        needs_buyer BOOLEAN DEFAULT false NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE,
        next_product_id TEXT,
        next_price_minor BIGINT,
        discount_periods_left INTEGER DEFAULT 0 NOT NULL,
        discounted_price_minor BIGINT,
        trial_days INTEGER,
        trial_seconds BIGINT,
        trial_ends_at TIMESTAMP WITH TIME ZONE,
        cancel_at_period_end BOOLEAN DEFAULT false NOT NULL,
        cancelled_at TIMESTAMP WITH TIME ZONE,
        cancelled_by TEXT,
        cancel_reason TEXT,
        paused_at TIMESTAMP WITH TIME ZONE,
        resumes_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        message_id BIGINT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT subscription_terms CHECK (price_minor >= 0 AND granted_seconds > 0),
        CONSTRAINT subscription_period CHECK ((period_start IS NULL) = (period_end IS NULL) AND (period_start IS NULL) = (anchor_at IS NULL) AND period_end > period_start),
        CONSTRAINT subscription_began_with_a_period CHECK (period_start IS NOT NULL OR status IN ('pending', 'cancelled')),
        CONSTRAINT subscription_ended_at CHECK ((status = 'cancelled') = (ended_at IS NOT NULL)),
        CONSTRAINT subscription_paused_at CHECK ((status = 'paused') = (paused_at IS NOT NULL)),
        CONSTRAINT subscription_next_product_has_price CHECK ((next_product_id IS NULL) = (next_price_minor IS NULL)),
        CONSTRAINT subscription_trial CHECK ((trial_days IS NULL) = (trial_seconds IS NULL) AND trial_days > 0 AND trial_seconds > 0),
        CONSTRAINT subscription_trial_began CHECK (trial_ends_at IS NULL OR (trial_days IS NOT NULL AND period_start IS NOT NULL)),
        CONSTRAINT subscription_counts CHECK (failed_attempts >= 0 AND discount_periods_left >= 0),
        FOREIGN KEY(account) REFERENCES account (number),
        FOREIGN KEY(product) REFERENCES product (number),
        FOREIGN KEY(next_product_id) REFERENCES product (id)
    )
    """,
    """
    CREATE UNIQUE INDEX subscription_live ON subscription (account) WHERE status IN ('active', 'past_due', 'unpaid', 'paused')
    """,
    """
    CREATE UNIQUE INDEX subscription_trial_of_account ON subscription (account) WHERE trial_ends_at IS NOT NULL
    """,
    """
    CREATE INDEX subscription_of_account ON subscription (account, created_at, id)
    """,
    """
    CREATE INDEX subscription_of_status ON subscription (status, created_at, id)
    """,
    """
    CREATE INDEX subscription_newest ON subscription (created_at, id)
    """,
    """
    CREATE INDEX subscription_due ON subscription (gateway, due_at) WHERE due_at IS NOT NULL
    """,
    """
    ALTER TABLE orders
        ADD COLUMN subscription_id TEXT REFERENCES subscription (id),
        ADD COLUMN period period_unit,
        ADD COLUMN period_start TIMESTAMP WITH TIME ZONE,
        ADD COLUMN period_end TIMESTAMP WITH TIME ZONE,
        ADD COLUMN attempt INTEGER DEFAULT 0 NOT NULL,
        ADD COLUMN method_id BIGINT REFERENCES saved_method (id),
        ADD COLUMN withdrawn_at TIMESTAMP WITH TIME ZONE,
        ADD COLUMN replaces_order_id TEXT REFERENCES orders (id),
        ADD COLUMN replaces_seconds BIGINT DEFAULT 0 NOT NULL,
        ADD COLUMN replaced_seconds BIGINT DEFAULT 0 NOT NULL,
        ADD CONSTRAINT orders_period_of_subscription CHECK ((subscription_id IS NULL) = (period IS NULL)),
        ADD CONSTRAINT orders_period CHECK ((period_start IS NULL) = (period_end IS NULL) AND period_end > period_start),
        ADD CONSTRAINT orders_attempt CHECK (attempt >= 0 AND (method_id IS NULL OR attempt > 0)),
        ADD CONSTRAINT orders_replaced_seconds CHECK (replaces_seconds >= 0 AND replaced_seconds BETWEEN 0 AND granted_seconds)
    """,
    """
    CREATE UNIQUE INDEX orders_of_period ON orders (subscription_id, period_start) WHERE subscription_id IS NOT NULL
    """,
    """
    ALTER TABLE payment_attempt
        ADD COLUMN charge INTEGER DEFAULT 0 NOT NULL,
        ADD COLUMN is_vague BOOLEAN DEFAULT false NOT NULL,
        ADD COLUMN method_id BIGINT REFERENCES saved_method (id),
        ADD COLUMN gateway TEXT
    """,
    """
    CREATE TABLE method_change (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        subscription_id TEXT NOT NULL,
        method_id BIGINT NOT NULL,
        old_gateway TEXT NOT NULL,
        gateway TEXT NOT NULL,
        changed_by TEXT NOT NULL,
        reason TEXT,
        message_id BIGINT NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(subscription_id) REFERENCES subscription (id),
        FOREIGN KEY(method_id) REFERENCES saved_method (id)
    )
    """,
    """
    CREATE INDEX method_change_of_subscription ON method_change (subscription_id, id)
    """,
)

BACK = (
    "ALTER TABLE payment_attempt DROP COLUMN charge, DROP COLUMN is_vague, DROP COLUMN method_id, DROP COLUMN gateway",
    """
    ALTER TABLE orders
        DROP COLUMN subscription_id, DROP COLUMN period, DROP COLUMN period_start, DROP COLUMN period_end,
        DROP COLUMN attempt, DROP COLUMN method_id, DROP COLUMN withdrawn_at, DROP COLUMN replaces_order_id,
        DROP COLUMN replaces_seconds, DROP COLUMN replaced_seconds
    """,
    "ALTER TABLE product DROP COLUMN period, DROP COLUMN trial_days, DROP COLUMN trial_seconds",
)
