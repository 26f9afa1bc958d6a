"""Products, their names and their prices."""

TABLES = ("product", "product_wording", "price")

STEPS = (
    """
    CREATE TABLE product (
        id TEXT NOT NULL,
        kind TEXT DEFAULT 'one_off' NOT NULL,
        granted_seconds BIGINT NOT NULL,
        valid_days BIGINT,
        is_active BOOLEAN DEFAULT false NOT NULL,
        position INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT product_kind CHECK (kind IN ('one_off', 'subscription')),
        CONSTRAINT product_grant_positive CHECK (granted_seconds > 0),
        CONSTRAINT product_validity_positive CHECK (valid_days > 0)
    )
    """,
    """
    CREATE TABLE product_wording (
        product_id TEXT NOT NULL,
        locale TEXT NOT NULL,
        name TEXT NOT NULL,
        description TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (product_id, locale),
        FOREIGN KEY(product_id) REFERENCES product (id)
    )
    """,
    """
    CREATE TABLE price (
        product_id TEXT NOT NULL,
        currency TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        PRIMARY KEY (product_id, currency),
        CONSTRAINT price_not_negative CHECK (amount_minor >= 0),
        CONSTRAINT price_currency CHECK (currency ~ '^[A-Z]{3}$'),
        FOREIGN KEY(product_id) REFERENCES product (id)
    )
    """,
)
