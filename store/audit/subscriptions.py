"""The invariants of subscriptions as SQL: a period is paid once, a trial is free, and what has ended is not charged."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "period-paid-once",
        "no two paid orders of a subscription pay for the same time, unless one is a change that begins anew",
        """
        SELECT earlier.id, later.id AS other_id, earlier.subscription_id, earlier.period_start, earlier.period_end,
               later.period_start AS other_start
        FROM orders AS earlier
        JOIN orders AS later ON later.subscription_id = earlier.subscription_id AND later.id <> earlier.id
        WHERE earlier.status = 'paid' AND later.status = 'paid' AND later.replaces_order_id IS NULL
          AND (earlier.period_start, earlier.id) < (later.period_start, later.id)
          AND later.period_start < earlier.period_end
          AND NOT EXISTS (
              SELECT FROM orders AS change
              WHERE change.replaces_order_id IN (earlier.id, later.id) AND change.status = 'paid')
        """,
    ),
    Invariant(
        "ended-not-charged",
        "no order of a subscription was made, and no attempt of one begun, after it had ended",
        """
        SELECT orders.id, subscription.id AS subscription_id, subscription.ended_at, orders.created_at, orders.called_at
        FROM subscription JOIN orders ON orders.subscription_id = subscription.id
        WHERE subscription.ended_at IS NOT NULL
          AND (orders.created_at > subscription.ended_at
               OR (orders.attempt > 0 AND orders.called_at > subscription.ended_at))
        """,
    ),
    Invariant(
        "subscription-paid-for",
        "a subscription that has begun names the order that paid for its present period, unless that is its trial",
        """
        SELECT subscription.id, subscription.status, subscription.paid_order_id, orders.status AS order_status,
               subscription.period_end, orders.period_end AS order_period_end
        FROM subscription
        LEFT JOIN orders ON orders.id = subscription.paid_order_id AND orders.subscription_id = subscription.id
        WHERE subscription.period_start IS NOT NULL
          AND NOT (subscription.paid_order_id IS NULL
                   AND (subscription.trial_ends_at IS NOT DISTINCT FROM subscription.period_end))
          AND (orders.status IS DISTINCT FROM 'paid'
               OR orders.period_start IS DISTINCT FROM subscription.period_start
               OR orders.period_end IS DISTINCT FROM subscription.period_end)
        """,
    ),
    Invariant(
        "trial-free",
        "nothing is asked for and nothing is paid for before a trial has ended",
        """
        SELECT orders.id, subscription.id AS subscription_id, subscription.trial_ends_at, orders.created_at,
               orders.period_start
        FROM subscription JOIN orders ON orders.subscription_id = subscription.id
        WHERE orders.created_at < subscription.trial_ends_at OR orders.period_start < subscription.trial_ends_at
        """,
    ),
    Invariant(
        "trial-granted",
        "the start of a subscription grants the minutes of its trial and nothing else, and they end with it",
        """
        SELECT subscription.id, subscription.trial_ends_at, subscription.trial_seconds, package.kind,
               package.granted_seconds, package.activated_at, package.expires_at
        FROM subscription
        LEFT JOIN entry ON entry.message_id = subscription.message_id AND entry.kind = 'grant'
        LEFT JOIN package ON package.number = entry.package AND package.account = subscription.account
        WHERE (subscription.trial_ends_at IS NULL AND entry.id IS NOT NULL)
           OR (subscription.trial_ends_at IS NOT NULL
               AND (package.kind IS DISTINCT FROM 'promo'
                    OR package.granted_seconds IS DISTINCT FROM subscription.trial_seconds
                    OR package.expires_at IS DISTINCT FROM subscription.trial_ends_at))
        """,
    ),
    Invariant(
        "subscription-not-forgotten",
        "a live subscription is looked at some time, and none that was due is passed over for a day of runs",
        """
        SELECT id, status, due_at, next_attempt_at, period_end FROM subscription
        WHERE (status IN ('pending', 'active', 'past_due', 'unpaid') AND due_at IS NULL)
           OR due_at < (SELECT max(started_at) - interval '1 day' FROM due_run
                        WHERE job = 'renew-subscriptions' AND outcome = 'done')
        """,
    ),
    Invariant(
        "subscription-granted",
        "what an order of a subscription granted is a package of that kind, for its period",
        """
        SELECT orders.id, orders.subscription_id, package.kind, package.activated_at, package.expires_at,
               orders.period_start, orders.period_end
        FROM orders JOIN package ON package.number = orders.package
        WHERE orders.subscription_id IS NOT NULL
          AND (package.kind <> 'subscription' OR orders.period_start IS NULL
               OR (orders.valid_days IS NULL
                   AND (package.activated_at, package.expires_at) <> (orders.period_start, orders.period_end)))
        """,
    ),
    Invariant(
        "gateway-changed-with-history",
        "a subscription and its orders are of gateways that its changes of method lead to, one after the other",
        """
        SELECT subscription.id, subscription.gateway, newest.gateway AS expected, NULL AS order_id
        FROM subscription
        JOIN LATERAL (SELECT gateway FROM method_change WHERE subscription_id = subscription.id
                      ORDER BY id DESC LIMIT 1) AS newest ON true
        WHERE newest.gateway <> subscription.gateway
        UNION ALL
        SELECT subscription_id, old_gateway, before, NULL FROM (
            SELECT subscription_id, old_gateway,
                   lag(gateway) OVER (PARTITION BY subscription_id ORDER BY id) AS before FROM method_change
        ) AS changes WHERE old_gateway <> before
        UNION ALL
        SELECT subscription.id, subscription.gateway, orders.gateway, orders.id
        FROM orders JOIN subscription ON subscription.id = orders.subscription_id
        WHERE orders.gateway <> subscription.gateway
          AND NOT EXISTS (SELECT FROM method_change WHERE subscription_id = subscription.id
                          AND old_gateway = orders.gateway)
        """,
    ),
    Invariant(
        "charged-by-own-method",
        "an order is charged by a saved method of its own account and of its own gateway",
        """
        SELECT orders.id, orders.gateway, saved_method.id AS method_id, saved_method.gateway AS method_gateway
        FROM orders JOIN saved_method ON saved_method.id = orders.method_id
        WHERE (saved_method.account, saved_method.gateway) <> (orders.account, orders.gateway)
        """,
    ),
)
