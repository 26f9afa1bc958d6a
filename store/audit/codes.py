"""The invariants of codes: what is counted is what was used, and no more than the limits allow."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "promotion-uses",
        "a promotion counts its reserved and confirmed uses, their seconds and their money by currency",
        """
        SELECT promotion.id, promotion.used, count(*) FILTER (WHERE counts) AS uses,
               promotion.used_seconds, coalesce(sum(redemption.seconds) FILTER (WHERE counts), 0) AS seconds
        FROM promotion
        LEFT JOIN (SELECT *, status <> 'given_back' AS counts FROM redemption) AS redemption
            ON redemption.promotion = promotion.number
        GROUP BY promotion.number
        HAVING promotion.used <> count(*) FILTER (WHERE counts)
            OR promotion.used_seconds <> coalesce(sum(redemption.seconds) FILTER (WHERE counts), 0)
        UNION ALL
        SELECT promotion.id, NULL, NULL, NULL, NULL FROM promotion
        WHERE EXISTS (
            SELECT FROM (
                SELECT currency, sum(discount_minor) AS minor FROM redemption
                WHERE redemption.promotion = promotion.number AND status <> 'given_back' AND discount_minor > 0
                GROUP BY currency
            ) AS spent
            FULL JOIN (SELECT key, value::bigint FROM jsonb_each_text(promotion.used_minor)) AS counted (key, minor)
                ON counted.key = spent.currency
            WHERE coalesce(counted.minor, 0) <> coalesce(spent.minor, 0)
        )
        """,
    ),
    Invariant(
        "promotion-limits",
        "a promotion is used no more often, and costs no more, than its limits say, late money apart",
        """
        SELECT promotion.id, promotion.uses_limit, uses.number, promotion.budget_seconds, uses.seconds
        FROM promotion
        CROSS JOIN LATERAL (
            SELECT count(*) AS number, coalesce(sum(seconds), 0) AS seconds FROM redemption
            WHERE redemption.promotion = promotion.number AND status <> 'given_back' AND NOT is_beyond_limit
        ) AS uses
        WHERE uses.number > promotion.uses_limit OR uses.seconds > promotion.budget_seconds
           OR EXISTS (
               SELECT FROM redemption
               WHERE redemption.promotion = promotion.number AND status <> 'given_back' AND NOT is_beyond_limit
                 AND promotion.budget_minor <> '{}' AND discount_minor > 0
               GROUP BY currency
               HAVING sum(discount_minor) > coalesce((promotion.budget_minor ->> currency)::bigint, 0)
           )
        """,
    ),
    Invariant(
        "code-uses",
        "a code counts its reserved and confirmed uses, and has no more than its own limit, late money apart",
        """
        SELECT promo_code.text, promo_code.used, promo_code.uses_limit, uses.number, uses.beyond_limit
        FROM promo_code
        JOIN LATERAL (
            SELECT count(*) AS number, count(*) FILTER (WHERE is_beyond_limit) AS beyond_limit FROM redemption
            WHERE redemption.code = promo_code.number AND status <> 'given_back'
        ) AS uses ON true
        WHERE promo_code.used <> uses.number OR uses.number - uses.beyond_limit > promo_code.uses_limit
        """,
    ),
    Invariant(
        "redemption-settled",
        "a use stands as its order does: reserved while it is open, confirmed when it is paid, else given back",
        """
        SELECT redemption.id, redemption.order_id, redemption.status, orders.status AS order_status
        FROM redemption JOIN orders ON orders.id = redemption.order_id
        WHERE (redemption.status = 'reserved') <> (orders.status IN ('pending', 'action_required', 'approved'))
           OR (redemption.status = 'confirmed' AND orders.status <> 'paid')
        """,
    ),
    Invariant(
        "redemption-discount",
        "an order's discount is what its code has taken off, and its codes are its uses'",
        """
        SELECT orders.id, orders.discount_minor, redemption.discount_minor AS of_code, redemption.role
        FROM redemption JOIN orders ON orders.id = redemption.order_id
        WHERE redemption.account <> orders.account
           OR (redemption.role = 'discount' AND (
                   orders.discount_code IS DISTINCT FROM redemption.code
                   OR orders.discount_minor < redemption.discount_minor))
           OR (redemption.role = 'bonus' AND redemption.status <> 'given_back' AND (
                   orders.bonus_code IS DISTINCT FROM redemption.code
                   OR orders.bonus_seconds <> redemption.seconds))
        """,
    ),
)
