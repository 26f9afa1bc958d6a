"""What gateways know of buyers, what they tell by webhooks, daily totals, polls, and what people have reviewed."""

TABLES = (
    "saved_method",
    "gateway_customer",
    "webhook",
    "gateway_sum",
    "gateway_poll",
    "unapplied_payment",
    "review_resolution",
)

TYPES = (
    "webhook_subject",
    "webhook_state",
    "review_kind",
    "method_end",
)

STEPS = (
    """
    CREATE TYPE webhook_subject AS ENUM ('checkout', 'payment', 'refund', 'dispute', 'method')
    """,
    """
    CREATE TYPE webhook_state AS ENUM ('waiting', 'applied', 'unmatched', 'ignored', 'foreign')
    """,
    """
    CREATE TYPE review_kind AS ENUM ('order', 'refund', 'webhook', 'totals', 'paid_late', 'poll')
    """,
    """
    CREATE TYPE method_end AS ENUM ('forgotten', 'lost')
    """,
    """
    CREATE TABLE saved_method (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        account INTEGER NOT NULL,
        gateway TEXT NOT NULL,
        token TEXT NOT NULL,
        gateway_customer TEXT,
        label TEXT NOT NULL,
        expires_on DATE,
        saved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        preferred_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        end_reason method_end,
        ended_at TIMESTAMP WITH TIME ZONE,
        released_at TIMESTAMP WITH TIME ZONE,
        warned_for DATE,
        PRIMARY KEY (id),
        CONSTRAINT saved_method_ended_at CHECK ((end_reason IS NULL) = (ended_at IS NULL)),
        CONSTRAINT saved_method_token UNIQUE (gateway, token),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE INDEX saved_method_expiring ON saved_method (expires_on) WHERE ended_at IS NULL
    """,
    """
    CREATE INDEX saved_method_of_account ON saved_method (account, preferred_at)
    """,
    """
    CREATE INDEX saved_method_to_release ON saved_method (ended_at) WHERE end_reason = 'forgotten' AND released_at IS NULL
    """,
    """
    CREATE TABLE gateway_customer (
        account INTEGER NOT NULL,
        gateway TEXT NOT NULL,
        customer TEXT NOT NULL,
        PRIMARY KEY (account, gateway),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE TABLE webhook (
        gateway TEXT NOT NULL,
        dedupe_key TEXT NOT NULL,
        subject webhook_subject NOT NULL,
        ref TEXT NOT NULL,
        event TEXT NOT NULL,
        is_signed BOOLEAN DEFAULT false NOT NULL,
        body BYTEA NOT NULL,
        state webhook_state DEFAULT 'waiting' NOT NULL,
        tries INTEGER DEFAULT 0 NOT NULL,
        note TEXT,
        received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        tried_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (gateway, dedupe_key)
    )
    """,
    """
    CREATE INDEX webhook_with_body ON webhook (received_at) WHERE body <> ''
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
    """
    CREATE INDEX gateway_sum_differs ON gateway_sum (day) WHERE ours_captured_minor <> theirs_captured_minor OR ours_refunded_minor <> theirs_refunded_minor
    """,
    """
    CREATE TABLE gateway_poll (
        gateway TEXT NOT NULL,
        job TEXT NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
        unread_since TIMESTAMP WITH TIME ZONE,
        note TEXT,
        PRIMARY KEY (gateway, job),
        CONSTRAINT gateway_poll_says_why CHECK ((unread_since IS NULL) = (note IS NULL))
    )
    """,
    """
    CREATE INDEX gateway_poll_unread ON gateway_poll (unread_since) WHERE unread_since IS NOT NULL
    """,
    """
    CREATE TABLE unapplied_payment (
        gateway TEXT NOT NULL,
        payment_ref TEXT NOT NULL,
        order_id TEXT NOT NULL,
        currency TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        refunded_minor BIGINT DEFAULT 0 NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        PRIMARY KEY (gateway, payment_ref),
        FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX unapplied_payment_of_order ON unapplied_payment (order_id)
    """,
    """
    CREATE TABLE review_resolution (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        kind review_kind NOT NULL,
        gateway TEXT NOT NULL,
        ref TEXT NOT NULL,
        sentence TEXT NOT NULL,
        outcome TEXT,
        reason TEXT NOT NULL,
        resolved_by TEXT NOT NULL,
        message_id BIGINT NOT NULL,
        resolved_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE INDEX review_resolution_of_item ON review_resolution (ref)
    """,
)
