"""Products, their names and their prices."""

TABLES = (
    "product",
    "product_wording",
    "price",
)

TYPES = ("product_kind",)

STEPS = (
    """
    CREATE TYPE product_kind AS ENUM ('one_off', 'subscription')
    """,
    """
    CREATE TABLE product (
        id TEXT NOT NULL,
        number INTEGER GENERATED ALWAYS AS IDENTITY,
        kind product_kind DEFAULT 'one_off' NOT NULL,
        granted_seconds BIGINT NOT NULL,
        valid_days BIGINT,
        is_active BOOLEAN DEFAULT false NOT NULL,
        position INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT product_grant_positive CHECK (granted_seconds > 0),
        CONSTRAINT product_validity_positive CHECK (valid_days > 0),
        UNIQUE (number)
    )
    """,
    """
    CREATE TABLE product_wording (
        product INTEGER NOT NULL,
        locale TEXT NOT NULL,
        name TEXT NOT NULL,
        description TEXT DEFAULT '' NOT NULL,
        position INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (product, locale),
        FOREIGN KEY(product) REFERENCES product (number)
    )
    """,
    """
    CREATE TABLE price (
        product INTEGER NOT NULL,
        currency TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        position INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (product, currency),
        CONSTRAINT price_not_negative CHECK (amount_minor >= 0),
        CONSTRAINT price_currency CHECK (currency ~ '^[A-Z]{3}$'),
        FOREIGN KEY(product) REFERENCES product (number)
    )
    """,
)
