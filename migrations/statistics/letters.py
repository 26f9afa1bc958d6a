"""Decisions about many dead letters at once."""

TABLES = ("letter_decision",)

TYPES = ("letter_decision_kind",)

STEPS = (
    "ALTER TYPE message_type ADD VALUE IF NOT EXISTS 'screph.letters.decision_requested.v1'",
    "ALTER TYPE message_type ADD VALUE IF NOT EXISTS 'screph.letter_decisions_run.requested.v1'",
    """
    CREATE TYPE letter_decision_kind AS ENUM ('replay', 'discard')
    """,
    """
    CREATE TABLE letter_decision (
        id INTEGER GENERATED ALWAYS AS IDENTITY,
        does letter_decision_kind NOT NULL,
        wanted JSONB NOT NULL,
        letters JSONB NOT NULL,
        total INTEGER NOT NULL,
        looked_at INTEGER DEFAULT 0 NOT NULL,
        done INTEGER DEFAULT 0 NOT NULL,
        reason TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        message_id BIGINT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (id),
        CONSTRAINT letter_decision_total CHECK (total > 0 AND jsonb_array_length(letters) = total),
        CONSTRAINT letter_decision_progress CHECK (done >= 0 AND done <= looked_at AND looked_at <= total),
        CONSTRAINT letter_decision_ended CHECK ((ended_at IS NOT NULL) = (looked_at = total)),
        CONSTRAINT letter_decision_message UNIQUE (message_id)
    )
    """,
    "CREATE INDEX letter_decision_open ON letter_decision (id) WHERE ended_at IS NULL",
)

BACK = ()
