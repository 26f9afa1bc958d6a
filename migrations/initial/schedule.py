"""The scheduler's slots."""

TABLES = ("scheduler_slot",)

STEPS = (
    """
    CREATE TABLE scheduler_slot (
        job TEXT NOT NULL,
        slot TIMESTAMP WITH TIME ZONE NOT NULL,
        claimed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (job, slot)
    )
    """,
)
