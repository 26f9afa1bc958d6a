"""Tokens of the API."""

TABLES = ("token",)

TYPES = ("token_kind",)

STEPS = (
    """
    CREATE TYPE token_kind AS ENUM ('user', 'server', 'widget')
    """,
    """
    CREATE TABLE token (
        number INTEGER GENERATED ALWAYS AS IDENTITY,
        account INTEGER,
        kind token_kind NOT NULL,
        sha256 BYTEA NOT NULL,
        last_four TEXT NOT NULL,
        name TEXT,
        origin TEXT,
        scopes TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE,
        last_used_at TIMESTAMP WITH TIME ZONE,
        revoked_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (number),
        CONSTRAINT token_sha256_length CHECK (length(sha256) = 32),
        CONSTRAINT token_owner CHECK ((kind = 'server') = (account IS NULL)),
        CONSTRAINT token_name CHECK ((account IS NULL) = (name IS NOT NULL)),
        CONSTRAINT token_period_not_empty CHECK (expires_at > created_at),
        CONSTRAINT token_origin CHECK (kind = 'widget' OR origin IS NULL),
        CONSTRAINT token_sha256 UNIQUE (sha256),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE INDEX token_of_account ON token (account, number)
    """,
)

BACK = ()
