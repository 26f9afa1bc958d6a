"""Accounts of operators at their organisation's provider of identities, and requests to it that have not come back."""

TABLES = ("operator_identity", "oidc_request")

TYPES = ("oidc_purpose",)

STEPS = (
    """
    CREATE TYPE oidc_purpose AS ENUM ('sign_in', 'factor', 'prove', 'connect')
    """,
    """
    CREATE TABLE operator_identity (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        operator INTEGER NOT NULL,
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        connected_by TEXT NOT NULL,
        connected_at TIMESTAMP WITH TIME ZONE NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (id),
        FOREIGN KEY(operator) REFERENCES operator (number),
        CONSTRAINT operator_identity_subject CHECK (subject <> ''),
        CONSTRAINT operator_identity_of_provider UNIQUE (issuer, subject),
        CONSTRAINT operator_identity_one UNIQUE (operator, issuer)
    )
    """,
    """
    CREATE TABLE oidc_request (
        state_hash BYTEA NOT NULL,
        purpose oidc_purpose NOT NULL,
        bound_hash BYTEA NOT NULL,
        operator_session BIGINT,
        operator INTEGER,
        subject TEXT,
        address TEXT,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (state_hash),
        FOREIGN KEY(operator) REFERENCES operator (number),
        CONSTRAINT oidc_request_operator CHECK ((purpose = 'factor') = (operator IS NOT NULL)),
        CONSTRAINT oidc_request_subject CHECK ((purpose = 'factor') = (subject IS NOT NULL)),
        CONSTRAINT oidc_request_session CHECK ((purpose IN ('prove', 'connect')) = (operator_session IS NOT NULL))
    )
    """,
    "CREATE INDEX oidc_request_over ON oidc_request (expires_at)",
    "CREATE INDEX oidc_request_of_address ON oidc_request (address) WHERE address IS NOT NULL",
)

BACK = ()
