"""The audit log: what operators did, each line bound to the one before it."""

TABLES = ("audit_log",)

TYPES = ()

STEPS = (
    "ALTER TYPE message_type ADD VALUE IF NOT EXISTS 'screph.audit_log.anchor_requested.v1'",
    """
    CREATE TABLE audit_log (
        id BIGINT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        operator INTEGER,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        session_id BIGINT,
        address TEXT,
        request_id TEXT,
        action TEXT NOT NULL,
        object TEXT,
        account_id TEXT,
        reason TEXT,
        detail JSONB,
        source TEXT,
        event_id TEXT,
        previous_hash BYTEA NOT NULL,
        hash BYTEA NOT NULL,
        seal BYTEA,
        PRIMARY KEY (id),
        CONSTRAINT audit_log_first CHECK (id > 0),
        CONSTRAINT audit_log_message CHECK ((source IS NULL) = (event_id IS NULL)),
        CONSTRAINT audit_log_hashes CHECK (length(hash) = 32 AND length(previous_hash) = 32 AND length(seal) = 32)
    )
    """,
    "CREATE UNIQUE INDEX audit_log_of_message ON audit_log (source, event_id) WHERE source IS NOT NULL",
    "CREATE INDEX audit_log_of_account ON audit_log (account_id, id) WHERE account_id IS NOT NULL",
    "CREATE INDEX audit_log_of_object ON audit_log (object, id) WHERE object IS NOT NULL",
    "CREATE INDEX audit_log_of_name ON audit_log (name, id)",
    "CREATE INDEX audit_log_of_action ON audit_log (action, id)",
    "CREATE INDEX audit_log_done_alone ON audit_log (name, at) WHERE action IN ('minutes.grant', 'order.refund')",
    """
    CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit log is append-only: its lines are neither changed nor deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
        FOR EACH ROW EXECUTE FUNCTION audit_log_is_append_only()
    """,
    """
    CREATE TRIGGER audit_log_not_truncated BEFORE TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only()
    """,
)

BACK = (
    "DROP TRIGGER audit_log_append_only ON audit_log",
    "DROP TRIGGER audit_log_not_truncated ON audit_log",
    "DROP FUNCTION audit_log_is_append_only()",
)
