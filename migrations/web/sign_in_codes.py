"""Codes that are mailed to sign in."""

TABLES = ("sign_in_code",)

TYPES = ()

STEPS = (
    "ALTER TYPE notice_kind ADD VALUE IF NOT EXISTS 'sign_in_code'",
    """
    CREATE TABLE sign_in_code (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        browser_hash BYTEA NOT NULL,
        mail_hash BYTEA NOT NULL,
        code_hash BYTEA NOT NULL,
        account INTEGER,
        address TEXT,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE,
        wrong INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT sign_in_code_period CHECK (expires_at > asked_at),
        CONSTRAINT sign_in_code_wrong CHECK (wrong BETWEEN 0 AND 5),
        CONSTRAINT sign_in_code_used CHECK (used_at IS NULL OR account IS NOT NULL),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    "CREATE UNIQUE INDEX sign_in_code_browser ON sign_in_code (browser_hash)",
    "CREATE INDEX sign_in_code_of_mail ON sign_in_code (mail_hash, asked_at)",
    "CREATE INDEX sign_in_code_of_address ON sign_in_code (address, asked_at) WHERE address IS NOT NULL",
    "CREATE INDEX sign_in_code_asked ON sign_in_code (asked_at)",
)

BACK = ()
