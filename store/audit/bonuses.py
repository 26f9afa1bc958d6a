"""The invariants of what orders grant besides: it comes with its purchase, rests with it and ends with it."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "bonus-granted",
        "an order's bonus is a package of its own, granted with exactly its seconds when the order was paid",
        """
        SELECT orders.id, account.id AS account_id, orders.status, package.id AS package_id, package.kind,
               orders.bonus_seconds, package.granted_seconds
        FROM orders
        JOIN account ON account.number = orders.account
        JOIN package ON package.number = orders.bonus_package
        WHERE orders.status <> 'paid' OR package.kind <> 'promo' OR package.account <> orders.account
           OR package.granted_seconds <> orders.bonus_seconds
        UNION ALL
        SELECT split_part(inbox.event_id, ':', 2), NULL, NULL, NULL, NULL, orders.bonus_seconds, NULL
        FROM inbox LEFT JOIN orders ON orders.id = split_part(inbox.event_id, ':', 2)
        WHERE inbox.source LIKE 'gateway/%' AND inbox.event_id LIKE 'bonus:%' AND orders.bonus_package IS NULL
        """,
    ),
    Invariant(
        "bonus-rests",
        "of a bonus, refunds under way have frozen what they will void; it rests as a whole only in a dispute",
        """
        SELECT orders.id, account.id AS account_id, package.id AS package_id, package.state, package.frozen_seconds,
               refunds.under_way_seconds
        FROM orders
        JOIN account ON account.number = orders.account
        JOIN package ON package.number = orders.bonus_package
        JOIN LATERAL (
            SELECT coalesce(sum(bonus_void_seconds), 0) AS under_way_seconds FROM refund
            WHERE refund.order_id = orders.id AND status IN ('frozen', 'sent', 'unknown')
        ) AS refunds ON true
        WHERE package.frozen_seconds <> refunds.under_way_seconds
           OR (package.state = 'frozen' AND NOT EXISTS (
               SELECT FROM dispute WHERE dispute.order_id = orders.id AND dispute.status = 'open'))
        """,
    ),
    Invariant(
        "bonus-ends",
        "nothing is left of a bonus whose purchase is paid back in full, by refunds without a waiver or a lost dispute,"
        " and nothing of one that is void",
        """
        SELECT orders.id, account.id AS account_id, package.id AS package_id, package.state, package.left_seconds,
               orders.price_minor, gone.refunded_minor, gone.lost_minor
        FROM orders
        JOIN account ON account.number = orders.account
        JOIN package ON package.number = orders.bonus_package
        JOIN LATERAL (
            SELECT (SELECT coalesce(sum(amount_minor), 0) FROM refund
                    WHERE refund.order_id = orders.id AND status = 'succeeded') AS refunded_minor,
                   (SELECT coalesce(sum(CASE WHEN currency = orders.currency THEN amount_minor
                                             ELSE orders.price_minor END), 0) FROM dispute
                    WHERE dispute.order_id = orders.id AND status = 'lost') AS lost_minor,
                   EXISTS (SELECT FROM refund WHERE refund.order_id = orders.id AND status = 'succeeded'
                           AND is_waived) AS is_waived
        ) AS gone ON true
        WHERE package.left_seconds > 0
          AND (package.state = 'voided'
               OR (orders.price_minor > 0 AND gone.refunded_minor + gone.lost_minor >= orders.price_minor
                   AND (gone.lost_minor > 0 OR NOT gone.is_waived)))
        """,
    ),
    Invariant(
        "free-order",
        "an order of no gateway costs nothing and has no refund, and no other order is free",
        """
        SELECT orders.id, orders.gateway, orders.status, orders.price_minor, count(refund.id) AS refunds
        FROM orders LEFT JOIN refund ON refund.order_id = orders.id
        WHERE orders.gateway = 'none' OR orders.price_minor = 0
        GROUP BY orders.id
        HAVING orders.price_minor > 0 OR count(refund.id) > 0 OR (orders.status = 'paid' AND orders.gateway <> 'none')
        """,
    ),
)
