"""Identities of accounts, codes and what they give, redemptions, and tries."""

TABLES = ("identity", "promotion", "promo_code", "promo_batch", "redemption", "code_try")

TYPES = ("identity_kind", "code_kind", "redemption_role", "redemption_status")

MESSAGE_TYPES = (
    "screph.promotion.redeem_requested.v1",
    "screph.promotion.create_requested.v1",
    "screph.promotion.batch_requested.v1",
    "screph.promotion.export_requested.v1",
    "screph.promotion.pause_requested.v1",
    "screph.redemptions_sweep.requested.v1",
)

STEPS = (
    *(f"ALTER TYPE message_type ADD VALUE IF NOT EXISTS '{kind}'" for kind in MESSAGE_TYPES),
    "ALTER TYPE notice_kind ADD VALUE IF NOT EXISTS 'bonus_granted'",
    "CREATE TYPE identity_kind AS ENUM ('mail', 'card')",
    """
    CREATE TYPE code_kind AS ENUM ('percent_off', 'amount_off', 'bonus_seconds', 'bonus_percent', 'free_package')
    """,
    "CREATE TYPE redemption_role AS ENUM ('discount', 'bonus')",
    "CREATE TYPE redemption_status AS ENUM ('reserved', 'confirmed', 'given_back')",
    """
    CREATE TABLE identity (
        value UUID NOT NULL,
        account INTEGER NOT NULL,
        kind identity_kind NOT NULL,
        first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (value, account),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE INDEX identity_of_account ON identity (account)
    """,
    # Whoever is known by an address already; `identity_of_mail` makes the same hash.
    """
    INSERT INTO identity (value, account, kind, first_seen_at)
    SELECT encode(substr(sha256(convert_to('mail:' || unaliased, 'UTF8')), 1, 16), 'hex')::uuid, number, 'mail', now()
    FROM account, lower(regexp_replace(trim(email), '\\+.*(?=@)', '')) AS unaliased
    WHERE email LIKE '%@%'
    """,
    """
    CREATE TABLE promotion (
        number INTEGER GENERATED ALWAYS AS IDENTITY,
        id TEXT NOT NULL,
        kind code_kind NOT NULL,
        share INTEGER DEFAULT 0 NOT NULL,
        amounts_minor JSONB NOT NULL,
        seconds BIGINT DEFAULT 0 NOT NULL,
        product INTEGER,
        periods INTEGER DEFAULT 1 NOT NULL,
        valid_days INTEGER,
        needs_purchase BOOLEAN DEFAULT false NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE,
        ends_at TIMESTAMP WITH TIME ZONE,
        conditions JSONB NOT NULL,
        uses_limit INTEGER,
        uses_each INTEGER,
        uses_a_day INTEGER,
        budget_seconds BIGINT,
        budget_minor JSONB NOT NULL,
        used INTEGER DEFAULT 0 NOT NULL,
        used_seconds BIGINT DEFAULT 0 NOT NULL,
        used_minor JSONB NOT NULL,
        used_on DATE,
        used_today INTEGER DEFAULT 0 NOT NULL,
        paused_at TIMESTAMP WITH TIME ZONE,
        paused_by TEXT,
        pause_reason TEXT,
        message_id BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (number),
        CONSTRAINT promotion_gives CHECK (share BETWEEN 0 AND 10000 AND seconds >= 0 AND periods > 0),
        CONSTRAINT promotion_valid_days_positive CHECK (valid_days > 0),
        CONSTRAINT promotion_time_not_empty CHECK (ends_at > starts_at),
        CONSTRAINT promotion_limits_positive CHECK (uses_limit > 0 AND uses_each > 0 AND uses_a_day > 0 AND budget_seconds > 0),
        CONSTRAINT promotion_counts_not_negative CHECK (used >= 0 AND used_seconds >= 0 AND used_today >= 0),
        CONSTRAINT promotion_paused_by CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
        CONSTRAINT promotion_id UNIQUE (id),
        FOREIGN KEY(product) REFERENCES product (number)
    )
    WITH (fillfactor = 80)
    """,
    """
    CREATE INDEX promotion_newest ON promotion (created_at, id)
    """,
    """
    CREATE TABLE promo_code (
        number INTEGER GENERATED ALWAYS AS IDENTITY,
        promotion INTEGER NOT NULL,
        text TEXT NOT NULL,
        folded TEXT NOT NULL,
        account INTEGER,
        uses_limit INTEGER,
        used INTEGER DEFAULT 0 NOT NULL,
        batch INTEGER,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (number),
        CONSTRAINT promo_code_counts CHECK (uses_limit > 0 AND used >= 0 AND batch > 0),
        CONSTRAINT promo_code_folded UNIQUE (folded),
        FOREIGN KEY(promotion) REFERENCES promotion (number),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    WITH (fillfactor = 80)
    """,
    """
    CREATE INDEX promo_code_of_promotion ON promo_code (promotion, number)
    """,
    """
    CREATE TABLE promo_batch (
        promotion INTEGER NOT NULL,
        number INTEGER NOT NULL,
        codes INTEGER NOT NULL,
        message_id BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        exported_at TIMESTAMP WITH TIME ZONE,
        exported_by TEXT,
        PRIMARY KEY (promotion, number),
        CONSTRAINT promo_batch_positive CHECK (number > 0 AND codes > 0),
        CONSTRAINT promo_batch_exported_by CHECK ((exported_at IS NULL) = (exported_by IS NULL)),
        FOREIGN KEY(promotion) REFERENCES promotion (number)
    )
    """,
    """
    CREATE TABLE redemption (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        code INTEGER NOT NULL,
        promotion INTEGER NOT NULL,
        account INTEGER NOT NULL,
        order_id TEXT,
        role redemption_role NOT NULL,
        status redemption_status NOT NULL,
        discount_minor BIGINT DEFAULT 0 NOT NULL,
        currency TEXT,
        seconds BIGINT DEFAULT 0 NOT NULL,
        package_id UUID,
        day DATE NOT NULL,
        is_beyond_limit BOOLEAN DEFAULT false NOT NULL,
        message_id BIGINT NOT NULL,
        redeemed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        reserved_until TIMESTAMP WITH TIME ZONE,
        confirmed_at TIMESTAMP WITH TIME ZONE,
        given_back_at TIMESTAMP WITH TIME ZONE,
        given_back_why TEXT,
        PRIMARY KEY (id),
        CONSTRAINT redemption_not_negative CHECK (discount_minor >= 0 AND seconds >= 0),
        CONSTRAINT redemption_discount_has_currency CHECK ((discount_minor > 0) <= (currency IS NOT NULL)),
        CONSTRAINT redemption_given_back CHECK ((status = 'given_back') = (given_back_at IS NOT NULL) AND (given_back_at IS NULL) = (given_back_why IS NULL)),
        CONSTRAINT redemption_confirmed CHECK (status <> 'confirmed' OR confirmed_at IS NOT NULL),
        CONSTRAINT redemption_reserved_for_order CHECK ((status = 'reserved') = (reserved_until IS NOT NULL) AND (status <> 'reserved' OR order_id IS NOT NULL)),
        FOREIGN KEY(code) REFERENCES promo_code (number),
        FOREIGN KEY(promotion) REFERENCES promotion (number),
        FOREIGN KEY(account) REFERENCES account (number),
        FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX redemption_of_account ON redemption (account, promotion)
    """,
    """
    CREATE INDEX redemption_of_code ON redemption (code)
    """,
    """
    CREATE UNIQUE INDEX redemption_of_order ON redemption (order_id, role) WHERE order_id IS NOT NULL
    """,
    """
    CREATE INDEX redemption_of_promotion ON redemption (promotion, redeemed_at)
    """,
    """
    CREATE INDEX redemption_reserved ON redemption (reserved_until) WHERE status = 'reserved'
    """,
    """
    CREATE TABLE code_try (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        account INTEGER NOT NULL,
        address TEXT,
        tried_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE INDEX code_try_of_account ON code_try (account, tried_at)
    """,
    """
    CREATE INDEX code_try_of_address ON code_try (address, tried_at) WHERE address IS NOT NULL
    """,
    """
    CREATE INDEX code_try_tried_at ON code_try (tried_at)
    """,
)

BACK: tuple[str, ...] = ()
