"""The invariants of payments as SQL: money came once, what it bought was granted once, and goes back with it."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "order-granted",
        "a paid order has one package, granted with exactly its seconds; an order that is not paid has none",
        """
        SELECT orders.id, account.id AS account_id, orders.status, package.id AS package_id, orders.granted_seconds,
               package.granted_seconds AS package_seconds
        FROM orders
        JOIN account ON account.number = orders.account
        LEFT JOIN package ON package.number = orders.package AND package.account = orders.account
        WHERE CASE WHEN orders.status = 'paid' THEN package.granted_seconds IS DISTINCT FROM orders.granted_seconds
                   ELSE orders.package IS NOT NULL END
        UNION ALL
        SELECT min(orders.id), min(account.id), 'paid',
               (SELECT package.id FROM package WHERE package.number = orders.package), count(*), NULL
        FROM orders JOIN account ON account.number = orders.account
        WHERE orders.package IS NOT NULL GROUP BY orders.package HAVING count(*) > 1
        """,
    ),
    Invariant(
        "payment-once",
        "a payment pays one order and causes one grant, and no order is paid without one",
        """
        WITH paid AS (
            SELECT inbox.id, substr(inbox.source, 9) AS gateway, substr(inbox.event_id, 6) AS ref
            FROM inbox WHERE inbox.source LIKE 'gateway/%' AND inbox.event_id LIKE 'paid:%'
        ), granted AS (
            SELECT paid.id, paid.gateway, paid.ref, count(entry.id) AS grants, count(orders.id) AS orders
            FROM paid
            LEFT JOIN entry ON entry.message_id = paid.id AND entry.kind = 'grant'
            LEFT JOIN orders ON orders.package = entry.package AND orders.gateway = paid.gateway
                            AND paid.ref IN (orders.payment_ref, orders.checkout_ref)
            GROUP BY paid.id, paid.gateway, paid.ref
        )
        SELECT gateway, ref, id AS message_id, grants, orders FROM granted WHERE (grants, orders) <> (1, 1)
        UNION ALL
        SELECT gateway, payment_ref, NULL, NULL, count(*) FROM orders
        WHERE payment_ref IS NOT NULL GROUP BY gateway, payment_ref HAVING count(*) > 1
        UNION ALL
        SELECT orders.gateway, coalesce(orders.payment_ref, orders.id), NULL, 0, 1
        FROM orders WHERE orders.status = 'paid' AND orders.price_minor > 0
          AND NOT EXISTS (SELECT FROM paid WHERE paid.gateway = orders.gateway AND paid.ref = orders.payment_ref)
          AND NOT EXISTS (SELECT FROM paid WHERE paid.gateway = orders.gateway AND paid.ref = orders.checkout_ref)
        """,
    ),
    Invariant(
        "order-money",
        "no more was refunded of an order than was paid for it, in its currency and by its gateway",
        """
        SELECT orders.id, orders.status, orders.price_minor, orders.currency,
               coalesce(sum(refund.amount_minor) FILTER (WHERE refund.status = 'succeeded'), 0) AS refunded_minor,
               count(*) FILTER (WHERE refund.currency <> orders.currency) AS in_other_currency,
               count(*) FILTER (WHERE refund.gateway <> orders.gateway) AS by_other_gateway
        FROM orders JOIN refund ON refund.order_id = orders.id
        GROUP BY orders.id
        HAVING CASE WHEN orders.status = 'paid' THEN orders.price_minor ELSE 0 END
               < coalesce(sum(refund.amount_minor) FILTER (WHERE refund.status = 'succeeded'), 0)
            OR bool_or(refund.currency <> orders.currency OR refund.gateway <> orders.gateway)
        """,
    ),
    Invariant(
        "frozen-for-a-cause",
        "what refunds under way will void is frozen; without one, a dispute or a frozen package nothing is",
        """
        SELECT orders.id, account.id AS account_id, package.id AS package_id, package.state, package.frozen_seconds,
               coalesce(under_way.void_seconds, 0) AS under_way_seconds
        FROM orders
        JOIN account ON account.number = orders.account
        JOIN package ON package.number = orders.package
        LEFT JOIN (
            SELECT order_id, sum(void_seconds) AS void_seconds FROM refund
            WHERE status IN ('frozen', 'sent', 'unknown') GROUP BY order_id
        ) AS under_way ON under_way.order_id = orders.id
        WHERE package.frozen_seconds < under_way.void_seconds
           OR (package.frozen_seconds > coalesce(under_way.void_seconds, 0) AND package.state <> 'frozen'
               AND NOT EXISTS (SELECT FROM dispute WHERE dispute.order_id = orders.id AND dispute.status = 'open'))
        """,
    ),
    Invariant(
        "disputed-rests",
        "what a disputed amount paid for cannot be burnt meanwhile, and a voided package has nothing left",
        """
        SELECT orders.id, account.id AS account_id, package.id AS package_id, package.state, package.left_seconds,
               disputed.share_seconds
        FROM orders
        JOIN account ON account.number = orders.account
        JOIN package ON package.number = orders.package
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'succeeded'), 0) AS given_back_minor,
                   coalesce(sum(void_seconds) FILTER (WHERE status IN ('frozen', 'sent', 'unknown')), 0)
                       AS frozen_seconds
            FROM refund WHERE refund.order_id = orders.id
        ) AS refunds ON true
        JOIN LATERAL (
            SELECT sum(amount_minor) FILTER (WHERE status = 'lost') AS lost_minor
            FROM dispute WHERE dispute.order_id = orders.id
        ) AS lost ON true
        JOIN LATERAL (
            SELECT sum(div(
                greatest(0, least(CASE WHEN currency = orders.currency THEN amount_minor ELSE orders.price_minor END,
                                  orders.price_minor - given_back_minor - coalesce(lost_minor, 0)))
                * orders.granted_seconds + orders.price_minor - 1, nullif(orders.price_minor, 0))) AS share_seconds
            FROM dispute WHERE dispute.order_id = orders.id AND status = 'open'
        ) AS disputed ON disputed.share_seconds > 0
        WHERE package.state = 'active' AND package.left_seconds > 0
          AND package.frozen_seconds - refunds.frozen_seconds < disputed.share_seconds
        UNION ALL
        SELECT orders.id, account.id, package.id, package.state, package.left_seconds, NULL
        FROM orders JOIN account ON account.number = orders.account
        JOIN package ON package.number = orders.package
        WHERE package.state = 'voided' AND package.left_seconds > 0
        """,
    ),
    Invariant(
        "money-gone",
        "a package is frozen while a dispute is open, voided when all of its money is gone, and then nothing is left",
        """
        SELECT orders.id, account.id AS account_id, package.id AS package_id, package.state, package.left_seconds,
               orders.price_minor, gone.refunded_minor, gone.lost_minor
        FROM orders
        JOIN account ON account.number = orders.account
        JOIN package ON package.number = orders.package
        JOIN LATERAL (
            SELECT (SELECT coalesce(sum(amount_minor), 0) FROM refund
                    WHERE refund.order_id = orders.id AND succeeded_at IS NOT NULL) AS refunded_minor,
                   (SELECT coalesce(sum(CASE WHEN currency = orders.currency THEN amount_minor
                                             ELSE orders.price_minor END), 0) FROM dispute
                    WHERE dispute.order_id = orders.id
                      AND (status = 'lost' OR voided_seconds + owed_seconds > 0)) AS lost_minor,
                   (SELECT count(*) FROM dispute WHERE dispute.order_id = orders.id AND status = 'open') AS open_ones,
                   (SELECT count(*) FROM dispute WHERE dispute.order_id = orders.id AND status = 'lost') AS lost_ones
        ) AS gone ON true
        WHERE (package.state = 'frozen' AND gone.open_ones = 0)
           OR (package.state = 'voided' AND package.left_seconds = 0
               AND gone.refunded_minor + gone.lost_minor < orders.price_minor)
           OR (package.left_seconds > 0 AND gone.lost_ones > 0 AND gone.lost_minor >= orders.price_minor)
        """,
    ),
    Invariant(
        "refund-voided",
        "a refund that succeeded voided exactly its seconds, one that failed voided none or restored them",
        """
        SELECT refund.id, refund.order_id, refund.status, refund.void_seconds, refund.bonus_void_seconds,
               coalesce(ledger.voided_seconds, 0) AS voided_seconds,
               coalesce(ledger.frozen_seconds, 0) AS frozen_seconds
        FROM refund
        -- For all refunds at once: neither lines nor messages have an index by which those of one are found.
        LEFT JOIN (
            SELECT refund.id, -sum(entry.seconds) FILTER (WHERE entry.kind = 'void') AS voided_seconds,
                   -sum(entry.seconds) FILTER (WHERE entry.kind IN ('freeze', 'unfreeze')) AS frozen_seconds
            FROM refund
            JOIN orders ON orders.id = refund.order_id
            JOIN entry ON entry.message_id = refund.message_id AND entry.account = orders.account
                      AND entry.package IN (orders.package, orders.bonus_package)
            GROUP BY refund.id
        ) AS ledger ON ledger.id = refund.id
        LEFT JOIN (
            SELECT refund.id, sum(entry.seconds) AS seconds
            FROM refund
            JOIN orders ON orders.id = refund.order_id
            JOIN inbox ON inbox.source = 'gateway/' || refund.gateway
                      AND inbox.event_id = 'refund-failed:' || refund.refund_ref
            JOIN entry ON entry.message_id = inbox.id AND entry.kind = 'grant' AND entry.account = orders.account
            GROUP BY refund.id
        ) AS restored ON restored.id = refund.id
        LEFT JOIN inbox AS again ON again.source = 'gateway/' || refund.gateway
                                AND again.event_id = 'refund-again:' || refund.refund_ref
        WHERE coalesce(ledger.voided_seconds, 0)
              <> CASE refund.status WHEN 'succeeded' THEN refund.void_seconds + refund.bonus_void_seconds
                                   WHEN 'failed' THEN coalesce(restored.seconds, 0) ELSE 0 END
           OR (refund.status = 'succeeded' AND restored.seconds > 0 AND again.id IS NULL)
           OR coalesce(ledger.frozen_seconds, 0)
              <> CASE WHEN refund.status IN ('succeeded', 'failed') THEN 0
                      ELSE refund.void_seconds + refund.bonus_void_seconds END
        """,
    ),
    Invariant(
        "dispute-taken",
        "a lost dispute voided and made a debt exactly what it says, no more than its amount paid for, and no less"
        " while any are left",
        """
        SELECT dispute.gateway, dispute.dispute_ref, dispute.order_id, dispute.status, dispute.voided_seconds,
               dispute.owed_seconds, coalesce(ledger.voided_seconds, 0) AS booked_as_void_seconds,
               coalesce(loss.debt_seconds, 0) AS booked_as_debt_seconds, share.most_seconds,
               together.taken_seconds AS taken_together_seconds, together.due_seconds, orders.granted_seconds
        FROM dispute
        JOIN orders ON orders.id = dispute.order_id
        JOIN package ON package.number = orders.package
        LEFT JOIN (
            SELECT dispute.gateway, dispute.dispute_ref, -sum(entry.seconds) AS voided_seconds
            FROM dispute
            JOIN orders ON orders.id = dispute.order_id
            JOIN entry ON entry.message_id = dispute.message_id AND entry.account = orders.account
                      AND entry.package = orders.package AND entry.kind = 'void'
            GROUP BY dispute.gateway, dispute.dispute_ref
        ) AS ledger ON ledger.gateway = dispute.gateway AND ledger.dispute_ref = dispute.dispute_ref
        LEFT JOIN inbox AS loss ON loss.source = 'gateway/' || dispute.gateway
                               AND loss.event_id = 'lost:' || dispute.dispute_ref
        JOIN LATERAL (
            SELECT div(CASE WHEN dispute.currency = orders.currency THEN least(dispute.amount_minor, orders.price_minor)
                            ELSE orders.price_minor END::numeric * orders.granted_seconds + orders.price_minor - 1,
                       nullif(orders.price_minor, 0)) AS most_seconds
        ) AS share ON true
        JOIN LATERAL (
            SELECT count(*) AS refunds, coalesce(sum(amount_minor), 0) AS minor,
                   coalesce(sum(void_seconds), 0) AS void_seconds,
                   coalesce(sum(void_seconds) FILTER (WHERE status = 'succeeded'), 0) AS voided_seconds
            FROM refund WHERE refund.order_id = orders.id AND succeeded_at IS NOT NULL
        ) AS refunds ON true
        JOIN LATERAL (
            SELECT count(*) AS losses, coalesce(sum(lost.voided_seconds + lost.owed_seconds), 0) AS taken_seconds,
                   div(least(orders.price_minor, refunds.minor + coalesce(sum(
                           CASE WHEN lost.currency = orders.currency THEN lost.amount_minor
                                ELSE orders.price_minor END), 0)) * orders.granted_seconds + orders.price_minor - 1,
                       nullif(orders.price_minor, 0))
                   - greatest(div(least(orders.price_minor, refunds.minor) * orders.granted_seconds
                                  + orders.price_minor - 1, nullif(orders.price_minor, 0)), refunds.void_seconds)
                   AS due_seconds
            FROM dispute AS lost WHERE lost.order_id = orders.id AND lost.status = 'lost'
        ) AS together ON true
        WHERE coalesce(ledger.voided_seconds, 0) <> dispute.voided_seconds
           OR coalesce(loss.debt_seconds, 0) <> dispute.owed_seconds
           OR (dispute.status = 'open' AND dispute.voided_seconds + dispute.owed_seconds > 0)
           OR (package.state <> 'voided' AND dispute.voided_seconds + dispute.owed_seconds > share.most_seconds)
           -- Each refund is rounded up by itself.
           OR together.taken_seconds + refunds.voided_seconds > orders.granted_seconds + refunds.refunds
           OR (dispute.status = 'lost' AND package.state = 'active' AND package.left_seconds > 0
               AND together.taken_seconds < together.due_seconds - refunds.refunds - together.losses)
        """,
    ),
)
