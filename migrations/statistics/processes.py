"""Processes that were seen."""

TABLES = ("process",)

TYPES = ()

STEPS = (
    """
    CREATE TABLE process (
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        version TEXT NOT NULL,
        started_at TIMESTAMP WITH TIME ZONE NOT NULL,
        seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
        handled BIGINT DEFAULT 0 NOT NULL,
        per_minute INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (id)
    )
     WITH (fillfactor = 50)
    """,
)

BACK = ()
