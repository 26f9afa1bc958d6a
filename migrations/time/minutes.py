"""Packages: when something is announced of them, and the sweep's indexes in the order in which it goes on."""

TABLES = ()

STEPS = (
    """
    ALTER TABLE package ADD COLUMN announce_at TIMESTAMP WITH TIME ZONE
    """,
    # Of what is there already the end is announced, and no warning whose moment is past.
    """
    UPDATE package SET announce_at = least(
        CASE WHEN expires_at - interval '7 days' > greatest(activated_at, now()) THEN expires_at - interval '7 days' END,
        CASE WHEN expires_at - interval '1 day' > greatest(activated_at, now()) THEN expires_at - interval '1 day' END,
        expires_at)
    WHERE expiry_announced_at IS NULL AND expires_at IS NOT NULL
    """,
    """
    DROP INDEX package_to_announce
    """,
    """
    DROP INDEX package_to_expire
    """,
    """
    CREATE INDEX package_to_announce ON package (announce_at, number) WHERE has_left AND announce_at IS NOT NULL
    """,
    """
    CREATE INDEX package_to_expire ON package (expires_at, number) WHERE has_left AND expires_at IS NOT NULL
    """,
)

BACK = (
    """
    DROP INDEX package_to_expire
    """,
    """
    DROP INDEX package_to_announce
    """,
    """
    CREATE INDEX package_to_expire ON package (expires_at) WHERE has_left AND expires_at IS NOT NULL
    """,
    """
    CREATE INDEX package_to_announce ON package (expires_at) WHERE expiry_announced_at IS NULL AND expires_at IS NOT NULL
    """,
    """
    ALTER TABLE package DROP COLUMN announce_at
    """,
)
