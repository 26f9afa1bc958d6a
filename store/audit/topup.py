"""The invariants of auto top-up as SQL: one at a time, within its limits, and none while it is off."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "topup-one-at-a-time",
        "an account has at most one top-up under way, and it is the one that its settings name",
        """
        SELECT account.id AS account_id, topup.order_id, count(orders.id) AS under_way, min(orders.id) AS first_order
        FROM orders
        JOIN account ON account.number = orders.account
        LEFT JOIN topup ON topup.account = orders.account
        WHERE orders.kind = 'top_up' AND orders.status IN ('pending', 'action_required', 'approved')
        GROUP BY account.id, topup.order_id
        HAVING count(*) > 1 OR topup.order_id IS DISTINCT FROM min(orders.id)
        UNION ALL
        SELECT account.id, topup.order_id, NULL, orders.id
        FROM topup
        JOIN account ON account.number = topup.account
        LEFT JOIN orders ON orders.id = topup.order_id
        WHERE topup.order_id IS NOT NULL
          AND (orders.kind IS DISTINCT FROM 'top_up' OR orders.account IS DISTINCT FROM topup.account)
        """,
    ),
    Invariant(
        "topup-not-in-bursts",
        "no account was topped up three times within an hour: a cooldown of at least an hour lies between two",
        """
        SELECT account_id, first_at, recorded_at AS third_at FROM (
            SELECT account.id AS account_id, orders.recorded_at,
                   lag(orders.recorded_at, 2) OVER (PARTITION BY orders.account ORDER BY orders.recorded_at) AS first_at
            FROM orders JOIN account ON account.number = orders.account
            WHERE orders.kind = 'top_up' AND orders.status = 'paid'
        ) AS successes
        WHERE recorded_at - first_at < interval '1 hour'
        """,
    ),
    Invariant(
        "topup-within-limits",
        "on a UTC day that began after an account has set its top-up last, no more was bought so than it allows",
        """
        SELECT account.id AS account_id, bought.day, bought.orders, topup.max_per_day, bought.minor,
               topup.max_minor_per_day, topup.currency
        FROM topup
        JOIN account ON account.number = topup.account
        CROSS JOIN LATERAL (
            SELECT date_trunc('day', orders.created_at, 'UTC') AS day, count(*) AS orders,
                   sum(orders.price_minor) FILTER (WHERE orders.currency = topup.currency) AS minor
            FROM orders
            WHERE orders.account = topup.account AND orders.kind = 'top_up'
              AND orders.status NOT IN ('failed', 'expired')
            GROUP BY date_trunc('day', orders.created_at, 'UTC')
        ) AS bought
        WHERE topup.set_at <= bought.day
          AND (bought.orders > topup.max_per_day OR bought.minor > topup.max_minor_per_day)
        """,
    ),
    Invariant(
        "topup-off-is-off",
        "nothing is bought by a top-up that was stopped before, and changes of the balance do not look for one",
        """
        SELECT account.id AS account_id, topup.stopped_at, orders.id AS order_id, account.topup_below_seconds
        FROM topup
        JOIN account ON account.number = topup.account
        LEFT JOIN orders ON orders.account = topup.account AND orders.kind = 'top_up'
                        AND orders.created_at > topup.stopped_at
        WHERE NOT topup.is_on AND (orders.id IS NOT NULL OR account.topup_below_seconds IS NOT NULL)
        UNION ALL
        SELECT account.id, NULL, NULL, account.topup_below_seconds
        FROM account
        WHERE account.topup_below_seconds IS NOT NULL
          AND NOT EXISTS (SELECT FROM topup WHERE topup.account = account.number AND topup.is_on)
        """,
    ),
)
