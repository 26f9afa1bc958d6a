"""Orders, attempts, refunds and disputes, as first released; later changes are steps in migrations/versions/."""

TABLES = (
    "orders",
    "payment_attempt",
    "refund",
    "dispute",
)

TYPES = (
    "purchase_kind",
    "payment_status",
    "attempt_outcome",
    "decline_retry",
    "refund_origin",
    "refund_status",
    "dispute_status",
)

FUNCTIONS = ("recorded_at_stays",)

STEPS = (
    """
    CREATE TYPE purchase_kind AS ENUM ('first', 'repeat', 'renewal', 'top_up')
    """,
    """
    CREATE TYPE payment_status AS ENUM ('pending', 'action_required', 'approved', 'paid', 'failed', 'expired')
    """,
    """
    CREATE TYPE attempt_outcome AS ENUM ('paid', 'declined', 'checkout_refused', 'capture_refused')
    """,
    """
    CREATE TYPE decline_retry AS ENUM ('later', 'customer_action', 'new_method', 'never')
    """,
    """
    CREATE TYPE refund_origin AS ENUM ('ours', 'gateway')
    """,
    """
    CREATE TYPE refund_status AS ENUM ('frozen', 'sent', 'unknown', 'succeeded', 'failed')
    """,
    """
    CREATE TYPE dispute_status AS ENUM ('open', 'won', 'lost')
    """,
    """
    CREATE TABLE orders (
        id TEXT NOT NULL,
        account INTEGER NOT NULL,
        product INTEGER NOT NULL,
        package INTEGER,
        gateway TEXT NOT NULL,
        kind purchase_kind NOT NULL,
        currency TEXT NOT NULL,
        price_minor BIGINT NOT NULL,
        list_price_minor BIGINT NOT NULL,
        discount_minor BIGINT GENERATED ALWAYS AS (list_price_minor - price_minor) STORED,
        fee_minor BIGINT,
        fee_currency TEXT,
        granted_seconds BIGINT NOT NULL,
        valid_days BIGINT,
        status payment_status DEFAULT 'pending' NOT NULL,
        saves_method BOOLEAN DEFAULT false NOT NULL,
        title TEXT NOT NULL,
        return_url TEXT NOT NULL,
        cancel_url TEXT NOT NULL,
        locale TEXT,
        country TEXT,
        message_id BIGINT NOT NULL,
        checkout_ref TEXT,
        payment_ref TEXT,
        redirect_url TEXT,
        checkout_expires_at TIMESTAMP WITH TIME ZONE,
        failure TEXT,
        needs_review BOOLEAN DEFAULT false NOT NULL,
        called_at TIMESTAMP WITH TIME ZONE,
        polled_at TIMESTAMP WITH TIME ZONE,
        link_ready_at TIMESTAMP WITH TIME ZONE,
        opened_at TIMESTAMP WITH TIME ZONE,
        under_way_since TIMESTAMP WITH TIME ZONE,
        failed_at TIMESTAMP WITH TIME ZONE,
        expired_at TIMESTAMP WITH TIME ZONE,
        paid_at TIMESTAMP WITH TIME ZONE,
        recorded_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        buyer_snapshot JSONB,
        PRIMARY KEY (id),
        CONSTRAINT orders_price_not_negative CHECK (price_minor >= 0),
        CONSTRAINT orders_discount_not_negative CHECK (list_price_minor >= price_minor),
        CONSTRAINT orders_grant_positive CHECK (granted_seconds > 0),
        CONSTRAINT orders_paid_at CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
        CONSTRAINT orders_paid_is_recorded CHECK ((status = 'paid') = (recorded_at IS NOT NULL)),
        CONSTRAINT orders_paid_is_granted CHECK ((status = 'paid') = (package IS NOT NULL)),
        CONSTRAINT orders_fee_has_currency CHECK ((fee_minor IS NULL) = (fee_currency IS NULL)),
        CONSTRAINT orders_package_fkey FOREIGN KEY(package, account) REFERENCES package (number, account),
        FOREIGN KEY(account) REFERENCES account (number),
        FOREIGN KEY(product) REFERENCES product (number)
    )
    """,
    """
    CREATE INDEX orders_approved ON orders (updated_at) WHERE status = 'approved'
    """,
    """
    CREATE INDEX orders_beginning ON orders (id text_pattern_ops)
    """,
    """
    CREATE UNIQUE INDEX orders_checkout ON orders (gateway, checkout_ref)
    """,
    """
    CREATE INDEX orders_newest ON orders (created_at, id)
    """,
    """
    CREATE INDEX orders_of_account ON orders (account, created_at, id)
    """,
    """
    CREATE INDEX orders_of_status ON orders (status, created_at, id)
    """,
    """
    CREATE INDEX orders_open ON orders (updated_at) WHERE status IN ('pending', 'action_required', 'approved')
    """,
    """
    CREATE UNIQUE INDEX orders_package ON orders (package)
    """,
    """
    CREATE INDEX orders_paid ON orders (gateway, paid_at) WHERE status = 'paid'
    """,
    """
    CREATE UNIQUE INDEX orders_payment ON orders (gateway, payment_ref)
    """,
    """
    CREATE INDEX orders_to_review ON orders (updated_at) WHERE needs_review
    """,
    """
    CREATE INDEX orders_with_buyer ON orders (created_at) WHERE buyer_snapshot IS NOT NULL
    """,
    """
    CREATE INDEX orders_under_way ON orders (under_way_since) WHERE status IN ('pending', 'action_required', 'approved')
    """,
    """
    CREATE TABLE payment_attempt (
        order_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        outcome attempt_outcome NOT NULL,
        retry decline_retry,
        code TEXT,
        PRIMARY KEY (order_id, number),
        CONSTRAINT payment_attempt_number_positive CHECK (number > 0),
        FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE TABLE refund (
        id TEXT NOT NULL,
        order_id TEXT NOT NULL,
        gateway TEXT NOT NULL,
        refund_ref TEXT,
        origin refund_origin NOT NULL,
        status refund_status NOT NULL,
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
        succeeded_at TIMESTAMP WITH TIME ZONE,
        recorded_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        buyer_snapshot JSONB,
        PRIMARY KEY (id),
        CONSTRAINT refund_amounts CHECK (amount_minor > 0 AND void_seconds >= 0),
        CONSTRAINT refund_is_recorded CHECK (status <> 'succeeded' OR (succeeded_at IS NOT NULL AND recorded_at IS NOT NULL)),
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
    CREATE INDEX refund_succeeded ON refund (gateway, succeeded_at) WHERE status = 'succeeded'
    """,
    """
    CREATE INDEX refund_with_buyer ON refund (created_at) WHERE buyer_snapshot IS NOT NULL
    """,
    """
    CREATE INDEX refund_to_review ON refund (updated_at) WHERE needs_review
    """,
    """
    CREATE TABLE dispute (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        order_id TEXT NOT NULL,
        gateway TEXT NOT NULL,
        dispute_ref TEXT NOT NULL,
        status dispute_status NOT NULL,
        currency TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        reason TEXT NOT NULL,
        message_id BIGINT NOT NULL,
        voided_seconds BIGINT DEFAULT 0 NOT NULL,
        owed_seconds BIGINT DEFAULT 0 NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closed_at TIMESTAMP WITH TIME ZONE,
        polled_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (id),
        CONSTRAINT dispute_closed_at CHECK ((status = 'open') = (closed_at IS NULL)),
        CONSTRAINT dispute_ref UNIQUE (gateway, dispute_ref),
        FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX dispute_of_order ON dispute (order_id)
    """,
    """
    CREATE INDEX dispute_to_poll ON dispute (recorded_at) WHERE status IN ('open', 'lost')
    """,
    """
    CREATE FUNCTION recorded_at_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'recorded_at of % is the moment at which we wrote it: it never changes', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER orders_recorded_at_stays BEFORE UPDATE OF recorded_at ON orders FOR EACH ROW
        WHEN (OLD.recorded_at IS NOT NULL AND NEW.recorded_at IS DISTINCT FROM OLD.recorded_at)
        EXECUTE FUNCTION recorded_at_stays()
    """,
    """
    CREATE TRIGGER refund_recorded_at_stays BEFORE UPDATE OF recorded_at ON refund FOR EACH ROW
        WHEN (OLD.recorded_at IS NOT NULL AND NEW.recorded_at IS DISTINCT FROM OLD.recorded_at)
        EXECUTE FUNCTION recorded_at_stays()
    """,
    """
    CREATE TRIGGER dispute_recorded_at_stays BEFORE UPDATE OF recorded_at ON dispute FOR EACH ROW
        WHEN (OLD.recorded_at IS NOT NULL AND NEW.recorded_at IS DISTINCT FROM OLD.recorded_at)
        EXECUTE FUNCTION recorded_at_stays()
    """,
)
