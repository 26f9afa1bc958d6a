"""Sums by day, nightly snapshots and cohorts."""

TABLES = (
    "day_taken",
    "day_money",
    "day_minutes",
    "day_subscription",
    "subscription_value",
    "month_subscription",
    "day_trial",
    "day_dunning",
    "day_attempt",
    "day_link",
    "day_payer",
    "day_first",
    "month_retention",
    "day_promotion",
    "month_breakage",
)

TYPES = ()

STEPS = (
    """
    CREATE TABLE day_taken (
        day DATE NOT NULL,
        taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
        is_final BOOLEAN DEFAULT false NOT NULL,
        what TEXT NOT NULL,
        PRIMARY KEY (what, day)
    )
    """,
    """
    CREATE TABLE day_money (
        day DATE NOT NULL,
        product INTEGER NOT NULL,
        kind purchase_kind NOT NULL,
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
        PRIMARY KEY (day, currency, gateway, product, kind)
    )
    """,
    """
    CREATE TABLE day_minutes (
        day DATE NOT NULL,
        seconds BIGINT NOT NULL,
        lines BIGINT NOT NULL,
        entry_kind entry_kind NOT NULL,
        package_kind TEXT NOT NULL,
        PRIMARY KEY (day, package_kind, entry_kind)
    )
    """,
    """
    CREATE TABLE day_subscription (
        day DATE NOT NULL,
        mrr_minor BIGINT NOT NULL,
        product INTEGER NOT NULL,
        subscriptions INTEGER NOT NULL,
        is_ending BOOLEAN DEFAULT false NOT NULL,
        currency TEXT NOT NULL,
        gateway TEXT NOT NULL,
        status TEXT NOT NULL,
        PRIMARY KEY (day, currency, product, gateway, status, is_ending)
    )
    """,
    """
    CREATE TABLE subscription_value (
        day DATE NOT NULL,
        mrr_minor BIGINT NOT NULL,
        account INTEGER NOT NULL,
        subscription_id TEXT NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (subscription_id, day)
    )
    """,
    """
    CREATE TABLE month_subscription (
        month DATE NOT NULL,
        since DATE NOT NULL,
        until DATE NOT NULL,
        start_minor BIGINT NOT NULL,
        new_minor BIGINT NOT NULL,
        expansion_minor BIGINT NOT NULL,
        contraction_minor BIGINT NOT NULL,
        churn_minor BIGINT NOT NULL,
        reactivation_minor BIGINT NOT NULL,
        end_minor BIGINT NOT NULL,
        subscribers INTEGER NOT NULL,
        ended_by_buyer INTEGER NOT NULL,
        ended_unpaid INTEGER NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (month, currency),
        CONSTRAINT month_subscription_adds_up CHECK (start_minor + new_minor + expansion_minor - contraction_minor - churn_minor + reactivation_minor = end_minor)
    )
    """,
    """
    CREATE TABLE day_trial (
        day DATE NOT NULL,
        product INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        paid INTEGER NOT NULL,
        currency TEXT NOT NULL,
        gateway TEXT NOT NULL,
        PRIMARY KEY (day, currency, product, gateway)
    )
    """,
    """
    CREATE TABLE day_dunning (
        day DATE NOT NULL,
        amount_minor BIGINT NOT NULL,
        paid_by INTEGER NOT NULL,
        renewals INTEGER NOT NULL,
        currency TEXT NOT NULL,
        gateway TEXT NOT NULL,
        retry TEXT NOT NULL,
        PRIMARY KEY (day, currency, gateway, retry, paid_by)
    )
    """,
    """
    CREATE TABLE day_attempt (
        day DATE NOT NULL,
        attempts INTEGER NOT NULL,
        kind purchase_kind NOT NULL,
        outcome attempt_outcome NOT NULL,
        gateway TEXT NOT NULL,
        retry TEXT NOT NULL,
        code TEXT NOT NULL,
        PRIMARY KEY (day, gateway, kind, outcome, retry, code)
    )
    """,
    """
    CREATE TABLE day_link (
        day DATE NOT NULL,
        orders INTEGER NOT NULL,
        links INTEGER NOT NULL,
        opened INTEGER NOT NULL,
        paid_soon INTEGER NOT NULL,
        paid INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        expired INTEGER NOT NULL,
        used INTEGER NOT NULL,
        wishes INTEGER NOT NULL,
        wishes_paid INTEGER NOT NULL,
        gateway TEXT NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (day, gateway, currency)
    )
    """,
    """
    CREATE TABLE day_payer (
        paid_before DATE NOT NULL,
        day DATE NOT NULL,
        accounts INTEGER NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (currency, day, paid_before)
    )
    """,
    """
    CREATE TABLE day_first (
        day DATE NOT NULL,
        first_used INTEGER NOT NULL,
        first_paid INTEGER NOT NULL,
        PRIMARY KEY (day)
    )
    """,
    """
    CREATE TABLE month_retention (
        month DATE NOT NULL,
        cohort DATE NOT NULL,
        size INTEGER NOT NULL,
        accounts INTEGER NOT NULL,
        began TEXT NOT NULL,
        did TEXT NOT NULL,
        PRIMARY KEY (month, cohort, began, did)
    )
    """,
    """
    CREATE TABLE day_promotion (
        day DATE NOT NULL,
        discount_minor BIGINT NOT NULL,
        granted_seconds BIGINT NOT NULL,
        used_seconds BIGINT NOT NULL,
        open_seconds BIGINT NOT NULL,
        number INTEGER NOT NULL,
        orders INTEGER NOT NULL,
        source TEXT NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (day, source, number, currency)
    )
    """,
    """
    CREATE TABLE month_breakage (
        month DATE NOT NULL,
        granted_seconds BIGINT NOT NULL,
        voided_seconds BIGINT NOT NULL,
        expired_seconds BIGINT NOT NULL,
        open_seconds BIGINT NOT NULL,
        package_kind TEXT NOT NULL,
        PRIMARY KEY (month, package_kind)
    )
    """,
    "CREATE INDEX subscription_value_of_account ON subscription_value (account, day)",
    "CREATE INDEX orders_paid_newest ON orders (paid_at, id) WHERE status = 'paid'",
    "CREATE INDEX payment_attempt_at ON payment_attempt USING brin (at)",
)

BACK = ("DROP INDEX payment_attempt_at", "DROP INDEX orders_paid_newest")
