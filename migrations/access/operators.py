"""Operators, their sessions, recovery codes, and tries to sign in."""

TABLES = ("operator", "operator_session", "recovery_code", "sign_in_try")

TYPES = ("operator_role",)

STEPS = (
    """
    CREATE TYPE operator_role AS ENUM ('viewer', 'support', 'finance', 'marketing', 'owner')
    """,
    """
    CREATE TABLE operator (
        number INTEGER GENERATED ALWAYS AS IDENTITY,
        name TEXT NOT NULL,
        role operator_role NOT NULL,
        invite_hash BYTEA,
        invite_expires_at TIMESTAMP WITH TIME ZONE,
        password_hash TEXT,
        totp_secret TEXT,
        totp_step BIGINT,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        joined_at TIMESTAMP WITH TIME ZONE,
        disabled_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (number),
        CONSTRAINT operator_name_form CHECK (name ~ '^[a-z0-9][a-z0-9._@+-]{0,63}$'),
        CONSTRAINT operator_invite CHECK ((invite_hash IS NULL) = (invite_expires_at IS NULL)),
        CONSTRAINT operator_joined CHECK ((joined_at IS NULL) = (password_hash IS NULL)),
        CONSTRAINT operator_name UNIQUE (name)
    )
    """,
    "CREATE UNIQUE INDEX operator_invited ON operator (invite_hash) WHERE invite_hash IS NOT NULL",
    """
    CREATE TABLE operator_session (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        operator INTEGER NOT NULL,
        token_hash BYTEA NOT NULL,
        form_secret TEXT NOT NULL,
        address TEXT,
        device TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
        proved_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (id),
        FOREIGN KEY(operator) REFERENCES operator (number)
    )
    """,
    "CREATE UNIQUE INDEX operator_session_token ON operator_session (token_hash)",
    "CREATE INDEX operator_session_of_operator ON operator_session (operator, id) WHERE ended_at IS NULL",
    "CREATE INDEX operator_session_seen ON operator_session (seen_at)",
    """
    CREATE TABLE recovery_code (
        operator INTEGER NOT NULL,
        code_hash BYTEA NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (operator, code_hash),
        FOREIGN KEY(operator) REFERENCES operator (number)
    )
    """,
    """
    CREATE TABLE sign_in_try (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        name TEXT NOT NULL,
        address TEXT,
        tried_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX sign_in_try_of_name ON sign_in_try (name, tried_at)",
    "CREATE INDEX sign_in_try_of_address ON sign_in_try (address, tried_at)",
    "CREATE INDEX sign_in_try_old ON sign_in_try (tried_at)",
)

BACK = ()
