"""What Screph says was used, and comparisons of days."""

TABLES = ("usage_day", "usage_sum", "usage_difference", "grant_sum")

TYPES = ()

STEPS = (
    "ALTER TYPE message_type ADD VALUE IF NOT EXISTS 'screph.usage.day_reported.v1'",
    "ALTER TYPE review_kind ADD VALUE IF NOT EXISTS 'grants'",
    "ALTER TYPE review_kind ADD VALUE IF NOT EXISTS 'usage'",
    """
    CREATE TABLE usage_day (
        day DATE NOT NULL,
        account INTEGER NOT NULL,
        seconds BIGINT NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        message_id BIGINT NOT NULL,
        revision INTEGER NOT NULL,
        sessions INTEGER NOT NULL,
        time_zone TEXT NOT NULL,
        session_list JSONB,
        PRIMARY KEY (day, account),
        CONSTRAINT usage_day_amounts CHECK (seconds >= 0 AND sessions >= 0 AND revision > 0)
    )
    """,
    """
    CREATE INDEX usage_day_of_account ON usage_day (account, day)
    """,
    """
    CREATE INDEX usage_day_recorded ON usage_day USING brin (recorded_at)
    """,
    """
    CREATE TABLE usage_sum (
        day DATE NOT NULL,
        compared_at TIMESTAMP WITH TIME ZONE NOT NULL,
        reported_seconds BIGINT NOT NULL,
        booked_seconds BIGINT NOT NULL,
        missing_seconds BIGINT NOT NULL,
        surplus_seconds BIGINT NOT NULL,
        accounts INTEGER NOT NULL,
        differing INTEGER NOT NULL,
        PRIMARY KEY (day)
    )
    """,
    """
    CREATE INDEX usage_sum_differs ON usage_sum (day) WHERE differing > 0
    """,
    """
    CREATE TABLE usage_difference (
        day DATE NOT NULL,
        account INTEGER NOT NULL,
        reported_seconds BIGINT,
        booked_seconds BIGINT,
        PRIMARY KEY (day, account)
    )
    """,
    """
    CREATE TABLE grant_sum (
        day DATE NOT NULL,
        compared_at TIMESTAMP WITH TIME ZONE NOT NULL,
        promised_seconds BIGINT NOT NULL,
        granted_seconds BIGINT NOT NULL,
        orders INTEGER NOT NULL,
        differing INTEGER NOT NULL,
        gateway TEXT NOT NULL,
        PRIMARY KEY (day, gateway)
    )
    """,
    """
    CREATE INDEX grant_sum_differs ON grant_sum (day) WHERE differing > 0
    """,
)

BACK = ()
