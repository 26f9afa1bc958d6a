"""Orders, refunds, disputes, saved methods, webhooks and daily totals."""

TABLES = ("orders", "refund", "dispute", "saved_method", "gateway_customer", "webhook", "gateway_sum")

STEPS = (
    """
    CREATE TABLE orders (
        id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        product_id TEXT NOT NULL,
        gateway TEXT NOT NULL,
        currency TEXT NOT NULL,
        price_minor BIGINT NOT NULL,
        granted_seconds BIGINT NOT NULL,
        valid_days BIGINT,
        status TEXT DEFAULT 'pending' NOT NULL,
        saves_method BOOLEAN DEFAULT false NOT NULL,
        title TEXT NOT NULL,
        return_url TEXT NOT NULL,
        cancel_url TEXT NOT NULL,
        locale TEXT,
        message_id BIGINT NOT NULL,
        checkout_ref TEXT,
        payment_ref TEXT,
        redirect_url TEXT,
        checkout_expires_at TIMESTAMP WITH TIME ZONE,
        package_id TEXT,
        failure TEXT,
        needs_review BOOLEAN DEFAULT false NOT NULL,
        called_at TIMESTAMP WITH TIME ZONE,
        polled_at TIMESTAMP WITH TIME ZONE,
        paid_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        buyer_snapshot JSONB,
        PRIMARY KEY (id),
        CONSTRAINT orders_status CHECK (status IN ('pending', 'action_required', 'approved', 'failed', 'expired', 'paid')),
        CONSTRAINT orders_price_not_negative CHECK (price_minor >= 0),
        CONSTRAINT orders_grant_positive CHECK (granted_seconds > 0),
        CONSTRAINT orders_paid_at CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
        CONSTRAINT orders_paid_is_granted CHECK ((status = 'paid') = (package_id IS NOT NULL)),
        FOREIGN KEY(account_id) REFERENCES account (id),
        FOREIGN KEY(product_id) REFERENCES product (id)
    )
    """,
    """
    CREATE UNIQUE INDEX orders_checkout ON orders (gateway, checkout_ref)
    """,
    """
    CREATE INDEX orders_in_question ON orders (updated_at) WHERE needs_review
    """,
    """
    CREATE INDEX orders_of_account ON orders (account_id, created_at)
    """,
    """
    CREATE INDEX orders_open ON orders (updated_at) WHERE status IN ('pending', 'action_required', 'approved')
    """,
    """
    CREATE UNIQUE INDEX orders_package ON orders (package_id)
    """,
    """
    CREATE UNIQUE INDEX orders_payment ON orders (gateway, payment_ref)
    """,
    """
    CREATE TABLE refund (
        id TEXT NOT NULL,
        order_id TEXT NOT NULL,
        gateway TEXT NOT NULL,
        refund_ref TEXT,
        origin TEXT NOT NULL,
        status TEXT NOT NULL,
        currency TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        void_seconds BIGINT NOT NULL,
        is_waived BOOLEAN DEFAULT false NOT NULL,
        is_full BOOLEAN DEFAULT false NOT NULL,
        reason TEXT NOT NULL,
        requested_by TEXT NOT NULL,
        failure TEXT,
        needs_review BOOLEAN DEFAULT false NOT NULL,
        message_id BIGINT NOT NULL,
        called_at TIMESTAMP WITH TIME ZONE,
        settled_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        buyer_snapshot JSONB,
        PRIMARY KEY (id),
        CONSTRAINT refund_status CHECK (status IN ('frozen', 'sent', 'unknown', 'succeeded', 'failed')),
        CONSTRAINT refund_origin CHECK (origin IN ('ours', 'gateway')),
        CONSTRAINT refund_amounts CHECK (amount_minor > 0 AND void_seconds >= 0),
        FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX refund_of_order ON refund (order_id)
    """,
    """
    CREATE INDEX refund_open ON refund (updated_at) WHERE status IN ('frozen', 'sent', 'unknown')
    """,
    """
    CREATE UNIQUE INDEX refund_ref ON refund (gateway, refund_ref)
    """,
    """
    CREATE TABLE dispute (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        order_id TEXT NOT NULL,
        gateway TEXT NOT NULL,
        dispute_ref TEXT NOT NULL,
        status TEXT NOT NULL,
        currency TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        reason TEXT NOT NULL,
        message_id BIGINT NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closed_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (id),
        CONSTRAINT dispute_status CHECK (status IN ('open', 'won', 'lost')),
        CONSTRAINT dispute_closed_at CHECK ((status = 'open') = (closed_at IS NULL)),
        CONSTRAINT dispute_ref UNIQUE (gateway, dispute_ref),
        FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX dispute_of_order ON dispute (order_id)
    """,
    """
    CREATE TABLE saved_method (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        account_id TEXT NOT NULL,
        gateway TEXT NOT NULL,
        token TEXT NOT NULL,
        gateway_customer TEXT,
        label TEXT NOT NULL,
        saved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT saved_method_token UNIQUE (gateway, token),
        FOREIGN KEY(account_id) REFERENCES account (id)
    )
    """,
    """
    CREATE INDEX saved_method_of_account ON saved_method (account_id, gateway)
    """,
    """
    CREATE TABLE gateway_customer (
        account_id TEXT NOT NULL,
        gateway TEXT NOT NULL,
        customer TEXT NOT NULL,
        PRIMARY KEY (account_id, gateway),
        FOREIGN KEY(account_id) REFERENCES account (id)
    )
    """,
    """
    CREATE TABLE webhook (
        gateway TEXT NOT NULL,
        dedupe_key TEXT NOT NULL,
        subject TEXT NOT NULL,
        ref TEXT NOT NULL,
        event TEXT NOT NULL,
        is_signed BOOLEAN DEFAULT false NOT NULL,
        body BYTEA NOT NULL,
        state TEXT DEFAULT 'waiting' NOT NULL,
        tries INTEGER DEFAULT 0 NOT NULL,
        note TEXT,
        received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        tried_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (gateway, dedupe_key),
        CONSTRAINT webhook_state CHECK (state IN ('waiting', 'applied', 'unmatched', 'ignored'))
    )
    """,
    """
    CREATE INDEX webhook_open ON webhook (received_at) WHERE state IN ('waiting', 'unmatched')
    """,
    """
    CREATE TABLE gateway_sum (
        day TIMESTAMP WITH TIME ZONE NOT NULL,
        gateway TEXT NOT NULL,
        currency TEXT NOT NULL,
        ours_captured_minor BIGINT NOT NULL,
        theirs_captured_minor BIGINT NOT NULL,
        ours_refunded_minor BIGINT NOT NULL,
        theirs_refunded_minor BIGINT NOT NULL,
        compared_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (day, gateway, currency)
    )
    """,
)
