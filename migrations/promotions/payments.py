"""What orders, refunds and disputes say about codes and bonuses."""

TABLES: tuple[str, ...] = ()

TYPES: tuple[str, ...] = ()

STEPS = (
    """
    ALTER TABLE orders
        ADD COLUMN discount_code INTEGER REFERENCES promo_code (number),
        ADD COLUMN bonus_code INTEGER REFERENCES promo_code (number),
        ADD COLUMN bonus_seconds BIGINT DEFAULT 0 NOT NULL,
        ADD COLUMN bonus_valid_days BIGINT,
        ADD COLUMN bonus_package INTEGER,
        ADD CONSTRAINT orders_bonus_package_fkey FOREIGN KEY (bonus_package, account) REFERENCES package (number, account),
        ADD CONSTRAINT orders_bonus CHECK (bonus_seconds >= 0 AND bonus_valid_days > 0),
        ADD CONSTRAINT orders_bonus_is_paid CHECK (bonus_package IS NULL OR (status = 'paid' AND bonus_seconds > 0)),
        ADD CONSTRAINT orders_free CHECK (gateway <> 'none' OR price_minor = 0)
    """,
    """
    CREATE UNIQUE INDEX orders_bonus_package ON orders (bonus_package) WHERE bonus_package IS NOT NULL
    """,
    """
    ALTER TABLE refund
        ADD COLUMN bonus_void_seconds BIGINT DEFAULT 0 NOT NULL,
        ADD CONSTRAINT refund_bonus_not_negative CHECK (bonus_void_seconds >= 0)
    """,
    """
    ALTER TABLE dispute
        ADD COLUMN bonus_voided_seconds BIGINT DEFAULT 0 NOT NULL,
        ADD CONSTRAINT dispute_bonus_not_negative CHECK (bonus_voided_seconds >= 0)
    """,
)

BACK = (
    "ALTER TABLE dispute DROP COLUMN bonus_voided_seconds",
    "ALTER TABLE refund DROP COLUMN bonus_void_seconds",
    """
    ALTER TABLE orders
        DROP CONSTRAINT orders_free, DROP COLUMN discount_code, DROP COLUMN bonus_code, DROP COLUMN bonus_seconds,
        DROP COLUMN bonus_valid_days, DROP COLUMN bonus_package
    """,
)
