"""The scheduler's slots, and the runs of its jobs."""

TABLES = (
    "scheduler_slot",
    "due_run",
)

TYPES = ("due_outcome",)

STEPS = (
    """
    CREATE TYPE due_outcome AS ENUM ('running', 'done', 'failed')
    """,
    """
    CREATE TABLE scheduler_slot (
        job TEXT NOT NULL,
        slot TIMESTAMP WITH TIME ZONE NOT NULL,
        claimed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (job, slot)
    )
    """,
    """
    CREATE TABLE due_run (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        job TEXT NOT NULL,
        slot TIMESTAMP WITH TIME ZONE NOT NULL,
        started_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        outcome due_outcome DEFAULT 'running' NOT NULL,
        counts JSONB,
        PRIMARY KEY (id),
        CONSTRAINT due_run_ended_at CHECK ((outcome = 'running') = (ended_at IS NULL))
    )
    """,
    """
    CREATE INDEX due_run_of_job ON due_run (job, started_at)
    """,
)
