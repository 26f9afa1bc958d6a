"""Inbox, outbox and dead letters."""

TABLES = ("inbox", "outbox", "dead_letter")

STEPS = (
    """
    CREATE TABLE inbox (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        source TEXT NOT NULL,
        event_id TEXT NOT NULL,
        type TEXT NOT NULL,
        sha256 BYTEA NOT NULL,
        outcome TEXT DEFAULT 'applied' NOT NULL,
        answer JSONB,
        received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT inbox_outcome CHECK (outcome IN ('applied', 'refused')),
        CONSTRAINT inbox_hash_length CHECK (length(sha256) = 32)
    )
    """,
    """
    CREATE UNIQUE INDEX inbox_key
        ON inbox (source, event_id)
    """,
    """
    CREATE TABLE outbox (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        exchange TEXT NOT NULL,
        routing_key TEXT NOT NULL,
        message_id TEXT NOT NULL,
        body BYTEA NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (id)
    )
     WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000)
    """,
    """
    CREATE TABLE dead_letter (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        via TEXT NOT NULL,
        queue TEXT NOT NULL,
        code TEXT NOT NULL,
        reason TEXT NOT NULL,
        source TEXT,
        event_id TEXT,
        body BYTEA NOT NULL,
        body_sha256 BYTEA NOT NULL,
        headers JSONB,
        seen INTEGER DEFAULT 1 NOT NULL,
        state TEXT DEFAULT 'waiting' NOT NULL,
        first_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        resolved_at TIMESTAMP WITH TIME ZONE,
        resolved_by TEXT,
        resolution TEXT,
        PRIMARY KEY (id),
        CONSTRAINT dead_letter_via CHECK (via IN ('quarantined', 'dead_lettered')),
        CONSTRAINT dead_letter_state CHECK (state IN ('waiting', 'replayed', 'discarded')),
        CONSTRAINT dead_letter_resolution CHECK ((state = 'waiting') = (resolved_at IS NULL)),
        CONSTRAINT dead_letter_discard_reason CHECK (state <> 'discarded' OR coalesce(resolution, '') <> '')
    )
    """,
    """
    CREATE UNIQUE INDEX dead_letter_waiting
        ON dead_letter (queue, body_sha256)
        WHERE state = 'waiting'
    """,
)
