"""What needs a second person."""

TABLES = ("operator_request",)

TYPES = ("request_kind", "request_state")

STEPS = (
    "CREATE TYPE request_kind AS ENUM ('grant', 'refund')",
    "CREATE TYPE request_state AS ENUM ('waiting', 'approved', 'declined')",
    """
    CREATE TABLE operator_request (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        account INTEGER NOT NULL,
        kind request_kind NOT NULL,
        object TEXT,
        words TEXT NOT NULL,
        data JSONB NOT NULL,
        message_id TEXT NOT NULL,
        reason TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        state request_state DEFAULT 'waiting' NOT NULL,
        decided_by TEXT,
        decided_at TIMESTAMP WITH TIME ZONE,
        outcome TEXT,
        PRIMARY KEY (id),
        CONSTRAINT operator_request_decided CHECK ((state = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)),
        CONSTRAINT operator_request_two_people CHECK (state <> 'approved' OR decided_by <> asked_by),
        CONSTRAINT operator_request_outcome CHECK (outcome IS NULL OR state = 'approved'),
        CONSTRAINT operator_request_once UNIQUE (asked_by, message_id),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    "CREATE INDEX operator_request_waiting ON operator_request (asked_at) WHERE state = 'waiting'",
)

BACK = ()
