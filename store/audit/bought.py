"""The invariants of what money buys as SQL: the package is the order's in every way, and seconds fit their amounts."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "package-as-bought",
        "an order's package is of its kind, begins when the order was paid or its period begins, and ends as promised",
        """
        SELECT orders.id, account.id AS account_id, package.id AS package_id, package.kind::text AS kind,
               package.activated_at, package.expires_at, orders.valid_days, orders.recorded_at, orders.paid_at,
               orders.period_start, orders.period_end
        FROM orders
        JOIN account ON account.number = orders.account
        JOIN package ON package.number = orders.package AND package.account = orders.account
        -- Of what a subscription grants for its very period, `subscription-granted` tells.
        WHERE (orders.subscription_id IS NULL OR orders.valid_days IS NOT NULL)
          AND (package.kind::text <> CASE WHEN orders.subscription_id IS NULL THEN 'purchased' ELSE 'subscription' END
               OR package.activated_at NOT IN
                  (orders.recorded_at, orders.paid_at, coalesce(orders.period_start, orders.recorded_at))
               OR package.expires_at IS DISTINCT FROM package.activated_at + orders.valid_days * interval '24 hours')
        """,
    ),
    Invariant(
        "refund-share",
        "a refund takes the seconds that its amount paid for, but for rounding; none where they are waived, and all"
        " that are left with the last of the money",
        """
        SELECT refund.id, refund.order_id, account.id AS account_id, refund.status::text AS status,
               refund.amount_minor, refund.void_seconds, refund.is_waived, share.seconds AS share_seconds,
               orders.price_minor, orders.granted_seconds
        FROM refund
        JOIN orders ON orders.id = refund.order_id AND orders.price_minor > 0
        JOIN account ON account.number = orders.account
        JOIN LATERAL (
            SELECT div(refund.amount_minor::numeric * orders.granted_seconds + orders.price_minor - 1,
                       orders.price_minor) AS seconds
        ) AS share ON true
        JOIN LATERAL (
            -- Seconds of one minor unit, for the last refund's amount was rounded down; and each refund is rounded up.
            SELECT orders.granted_seconds / orders.price_minor + 1 + count(*) AS rounding_seconds,
                   coalesce(div(sum(other.amount_minor) FILTER (WHERE other.is_waived) * orders.granted_seconds,
                                orders.price_minor), 0) AS waived_seconds,
                   sum(other.amount_minor) FILTER (WHERE other.status <> 'failed') AS minor
            FROM refund AS other WHERE other.order_id = orders.id
        ) AS refunds ON true
        WHERE (refund.is_waived AND refund.void_seconds > 0)
           -- A refund of the rest voids what others had waived; what was used of the bonus lessens the amount alone.
           OR (refund.void_seconds > share.seconds + refunds.waived_seconds + refunds.rounding_seconds
                                     + orders.bonus_seconds
               AND refunds.minor < orders.price_minor)
           OR (refund.void_seconds < share.seconds - refunds.rounding_seconds
               AND NOT refund.is_waived AND refund.origin = 'ours' AND refund.failure IS NULL)
        """,
    ),
    Invariant(
        "unapplied-reviewed",
        "money that came for an order, bought nothing and is still here is before a person, or was",
        """
        SELECT unapplied.order_id, account.id AS account_id, unapplied.gateway, unapplied.payment_ref,
               unapplied.currency, unapplied.amount_minor, unapplied.refunded_minor
        FROM unapplied_payment AS unapplied
        JOIN orders ON orders.id = unapplied.order_id
        JOIN account ON account.number = orders.account
        WHERE unapplied.refunded_minor < unapplied.amount_minor AND NOT orders.needs_review
          AND NOT EXISTS (SELECT FROM review_resolution AS resolution
                          WHERE resolution.kind = 'order' AND resolution.ref = orders.id)
        """,
    ),
)
