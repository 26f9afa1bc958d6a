"""Passkeys, and challenges that wait for an answer."""

TABLES = ("passkey", "passkey_challenge")

TYPES = ("passkey_purpose",)

STEPS = (
    """
    CREATE TYPE passkey_purpose AS ENUM ('add', 'sign_in', 'prove')
    """,
    """
    CREATE TABLE passkey (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        operator INTEGER,
        account INTEGER,
        credential_id BYTEA NOT NULL,
        public_key BYTEA NOT NULL,
        sign_count BIGINT NOT NULL,
        name TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (id),
        CONSTRAINT passkey_holder CHECK ((operator IS NULL) <> (account IS NULL)),
        CONSTRAINT passkey_sign_count CHECK (sign_count >= 0),
        CONSTRAINT passkey_name CHECK (name <> ''),
        FOREIGN KEY(operator) REFERENCES operator (number),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    "CREATE UNIQUE INDEX passkey_credential ON passkey (credential_id)",
    "CREATE INDEX passkey_of_operator ON passkey (operator, id) WHERE operator IS NOT NULL",
    "CREATE INDEX passkey_of_account ON passkey (account, id) WHERE account IS NOT NULL",
    """
    CREATE TABLE passkey_challenge (
        challenge_hash BYTEA NOT NULL,
        purpose passkey_purpose NOT NULL,
        bound_hash BYTEA NOT NULL,
        address TEXT,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (challenge_hash)
    )
    """,
    "CREATE INDEX passkey_challenge_over ON passkey_challenge (expires_at)",
    "CREATE INDEX passkey_challenge_of_address ON passkey_challenge (address) WHERE address IS NOT NULL",
)

BACK = ()
