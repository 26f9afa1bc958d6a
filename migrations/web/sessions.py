"""Entry links, and the sessions that begin by them."""

TABLES = ("entry_link", "portal_session")

TYPES = ()

STEPS = (
    """
    CREATE TABLE entry_link (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        token_hash BYTEA NOT NULL,
        account INTEGER NOT NULL,
        task TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE,
        viewed_by TEXT,
        operator_session BIGINT,
        PRIMARY KEY (id),
        CONSTRAINT entry_link_view CHECK ((viewed_by IS NULL) = (operator_session IS NULL)),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    "CREATE UNIQUE INDEX entry_link_token ON entry_link (token_hash)",
    "CREATE INDEX entry_link_over ON entry_link (expires_at)",
    """
    CREATE TABLE portal_session (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        token_hash BYTEA NOT NULL,
        account INTEGER NOT NULL,
        device TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        viewed_by TEXT,
        operator_session BIGINT,
        PRIMARY KEY (id),
        CONSTRAINT portal_session_view CHECK ((viewed_by IS NULL) = (operator_session IS NULL)),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    "CREATE UNIQUE INDEX portal_session_token ON portal_session (token_hash)",
    "CREATE INDEX portal_session_of_account ON portal_session (account, id)",
    "CREATE INDEX portal_session_seen ON portal_session (seen_at)",
)

BACK = ()
