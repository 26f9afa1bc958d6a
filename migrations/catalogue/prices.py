"""Changes of prices: each is a row of its own; and the last types of messages of operators."""

TABLES = ("price_change",)

TYPES = ()

MESSAGE_TYPES = (
    "screph.product.create_requested.v1",
    "screph.product.price_set_requested.v1",
    "screph.product.wording_set_requested.v1",
    "screph.product.switch_requested.v1",
    "screph.order.poll_requested.v1",
)

STEPS = (
    *(f"ALTER TYPE message_type ADD VALUE IF NOT EXISTS '{kind}'" for kind in MESSAGE_TYPES),
    """
    CREATE TABLE price_change (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        product INTEGER NOT NULL,
        currency TEXT NOT NULL,
        before_minor BIGINT,
        amount_minor BIGINT,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        changed_by TEXT NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(product) REFERENCES product (number),
        CONSTRAINT price_change_amounts CHECK (before_minor >= 0 AND amount_minor >= 0),
        CONSTRAINT price_change_is_one CHECK (before_minor IS DISTINCT FROM amount_minor)
    )
    """,
    "CREATE INDEX price_change_of_product ON price_change (product, id)",
)

BACK = ()
