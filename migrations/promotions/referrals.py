"""Referrals: what is promised, the codes by which accounts invite, and who came by them."""

TABLES = ("referral_terms", "invitation", "referral")

TYPES = ("referral_status",)

MESSAGE_TYPES = (
    "screph.referral.terms_set_requested.v1",
    "screph.referral.code_requested.v1",
    "screph.referral.attribution_requested.v1",
    "screph.referrals_qualification.requested.v1",
)

STEPS = (
    *(f"ALTER TYPE message_type ADD VALUE IF NOT EXISTS '{kind}'" for kind in MESSAGE_TYPES),
    "ALTER TYPE notice_kind ADD VALUE IF NOT EXISTS 'friend_joined'",
    """
    CREATE TYPE referral_status AS ENUM ('attributed', 'pending', 'qualified', 'refused', 'reversed')
    """,
    """
    CREATE TABLE referral_terms (
        number INTEGER GENERATED ALWAYS AS IDENTITY,
        referrer_seconds BIGINT NOT NULL,
        friend_seconds BIGINT NOT NULL,
        monthly_limit INTEGER NOT NULL,
        window_days INTEGER NOT NULL,
        valid_days INTEGER,
        is_open BOOLEAN DEFAULT false NOT NULL,
        message_id BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (number),
        CONSTRAINT referral_terms_not_negative CHECK (referrer_seconds >= 0 AND friend_seconds >= 0),
        CONSTRAINT referral_terms_positive CHECK (monthly_limit > 0 AND window_days >= 0 AND valid_days > 0)
    )
    """,
    """
    CREATE TABLE invitation (
        account INTEGER NOT NULL,
        text TEXT NOT NULL,
        folded TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (account),
        CONSTRAINT invitation_folded UNIQUE (folded),
        FOREIGN KEY(account) REFERENCES account (number)
    )
    """,
    """
    CREATE TABLE referral (
        id UUID NOT NULL,
        referrer INTEGER NOT NULL,
        friend INTEGER NOT NULL,
        terms INTEGER NOT NULL,
        status referral_status NOT NULL,
        message_id BIGINT NOT NULL,
        attributed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        order_id TEXT,
        due_at TIMESTAMP WITH TIME ZONE,
        qualified_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        why TEXT,
        referrer_seconds BIGINT DEFAULT 0 NOT NULL,
        friend_seconds BIGINT DEFAULT 0 NOT NULL,
        referrer_voided_seconds BIGINT DEFAULT 0 NOT NULL,
        friend_voided_seconds BIGINT DEFAULT 0 NOT NULL,
        referrer_package_id UUID,
        friend_package_id UUID,
        PRIMARY KEY (id),
        CONSTRAINT referral_of_two CHECK (referrer <> friend),
        CONSTRAINT referral_has_purchase CHECK ((order_id IS NULL) = (due_at IS NULL) AND (status NOT IN ('pending', 'qualified', 'reversed') OR order_id IS NOT NULL)),
        CONSTRAINT referral_qualified CHECK (status <> 'qualified' OR qualified_at IS NOT NULL),
        CONSTRAINT referral_ended CHECK ((status IN ('refused', 'reversed')) = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (why IS NULL)),
        CONSTRAINT referral_seconds CHECK (referrer_voided_seconds BETWEEN 0 AND referrer_seconds AND friend_voided_seconds BETWEEN 0 AND friend_seconds AND (qualified_at IS NOT NULL OR referrer_seconds + friend_seconds = 0)),
        CONSTRAINT referral_packages CHECK ((referrer_seconds > 0) = (referrer_package_id IS NOT NULL) AND (friend_seconds > 0) = (friend_package_id IS NOT NULL)),
        CONSTRAINT referral_of_friend UNIQUE (friend),
        FOREIGN KEY(referrer) REFERENCES account (number),
        FOREIGN KEY(friend) REFERENCES account (number),
        FOREIGN KEY(terms) REFERENCES referral_terms (number),
        FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX referral_due ON referral (due_at, id) WHERE status = 'pending'
    """,
    """
    CREATE INDEX referral_newest ON referral (attributed_at, id)
    """,
    """
    CREATE INDEX referral_of_referrer ON referral (referrer, attributed_at, id)
    """,
)

BACK: tuple[str, ...] = ()
