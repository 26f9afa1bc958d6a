"""Sums of what happened, and the changes of money that are to be counted."""

TABLES = (
    "money_change",
    "bucket_money",
    "bucket_minutes",
    "account_day",
    "account_first",
    "day_activity",
    "day_deferred",
    "late_change",
    "statistics_state",
    "audit_run",
)

TYPES = ()

STEPS = (
    "ALTER TYPE message_type ADD VALUE IF NOT EXISTS 'screph.statistics_count.requested.v1'",
    """
    CREATE TABLE money_change (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE,
        account INTEGER NOT NULL,
        product INTEGER NOT NULL,
        kind purchase_kind NOT NULL,
        is_test BOOLEAN DEFAULT false NOT NULL,
        gateway TEXT NOT NULL,
        currency TEXT NOT NULL,
        gross_minor BIGINT DEFAULT 0 NOT NULL,
        discount_minor BIGINT DEFAULT 0 NOT NULL,
        fee_minor BIGINT DEFAULT 0 NOT NULL,
        refunded_minor BIGINT DEFAULT 0 NOT NULL,
        lost_minor BIGINT DEFAULT 0 NOT NULL,
        orders INTEGER DEFAULT 0 NOT NULL,
        free_orders INTEGER DEFAULT 0 NOT NULL,
        refunds INTEGER DEFAULT 0 NOT NULL,
        disputes INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE bucket_money (
        bucket TIMESTAMP WITH TIME ZONE NOT NULL,
        product INTEGER NOT NULL,
        kind purchase_kind NOT NULL,
        is_test BOOLEAN DEFAULT false NOT NULL,
        gateway TEXT NOT NULL,
        currency TEXT NOT NULL,
        gross_minor BIGINT DEFAULT 0 NOT NULL,
        discount_minor BIGINT DEFAULT 0 NOT NULL,
        fee_minor BIGINT DEFAULT 0 NOT NULL,
        refunded_minor BIGINT DEFAULT 0 NOT NULL,
        lost_minor BIGINT DEFAULT 0 NOT NULL,
        orders INTEGER DEFAULT 0 NOT NULL,
        free_orders INTEGER DEFAULT 0 NOT NULL,
        refunds INTEGER DEFAULT 0 NOT NULL,
        disputes INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (bucket, currency, gateway, product, kind, is_test)
    )
    """,
    """
    CREATE TABLE bucket_minutes (
        bucket TIMESTAMP WITH TIME ZONE NOT NULL,
        seconds BIGINT NOT NULL,
        lines BIGINT NOT NULL,
        entry_kind entry_kind NOT NULL,
        is_test BOOLEAN DEFAULT false NOT NULL,
        package_kind TEXT NOT NULL,
        PRIMARY KEY (bucket, package_kind, entry_kind, is_test),
        CONSTRAINT bucket_minutes_has_lines CHECK (lines > 0)
    )
    """,
    """
    CREATE TABLE account_day (
        day DATE NOT NULL,
        account INTEGER NOT NULL,
        seconds BIGINT NOT NULL,
        usages INTEGER NOT NULL,
        PRIMARY KEY (day, account)
    )
     WITH (fillfactor = 80)
    """,
    """
    CREATE TABLE account_first (
        account INTEGER NOT NULL,
        paid_day DATE,
        used_day DATE,
        PRIMARY KEY (account)
    )
    """,
    """
    CREATE INDEX account_first_paid ON account_first (paid_day) WHERE paid_day IS NOT NULL
    """,
    """
    CREATE INDEX account_first_used ON account_first (used_day) WHERE used_day IS NOT NULL
    """,
    """
    CREATE TABLE day_activity (
        day DATE NOT NULL,
        counted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        seconds BIGINT NOT NULL,
        usages BIGINT NOT NULL,
        of_day INTEGER NOT NULL,
        of_week INTEGER NOT NULL,
        of_month INTEGER NOT NULL,
        PRIMARY KEY (day)
    )
    """,
    """
    CREATE TABLE day_deferred (
        day DATE NOT NULL,
        taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
        deferred_minor BIGINT NOT NULL,
        net_minor BIGINT NOT NULL,
        expired_minor BIGINT DEFAULT 0 NOT NULL,
        waived_minor BIGINT DEFAULT 0 NOT NULL,
        seconds BIGINT NOT NULL,
        product INTEGER NOT NULL,
        kind purchase_kind NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (day, currency, kind, product)
    )
    """,
    """
    CREATE TABLE late_change (
        bucket TIMESTAMP WITH TIME ZONE NOT NULL,
        amount BIGINT NOT NULL,
        changed_on DATE NOT NULL,
        what TEXT NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (bucket, what, currency, changed_on)
    )
    """,
    """
    CREATE TABLE statistics_state (
        number INTEGER NOT NULL,
        minutes_until TIMESTAMP WITH TIME ZONE,
        activity_until TIMESTAMP WITH TIME ZONE,
        counted_at TIMESTAMP WITH TIME ZONE,
        changed_from DATE,
        zone TEXT NOT NULL,
        PRIMARY KEY (number),
        CONSTRAINT statistics_state_is_one CHECK (number = 1)
    )
    """,
    """
    CREATE TABLE audit_run (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        began_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
        invariants INTEGER NOT NULL,
        broken JSONB NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE INDEX audit_run_newest ON audit_run (ended_at)
    """,
)

BACK = ()
