"""Invariants of statistics, as SQL: what was added up is what is there, up to where it is counted."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "statistics-minutes",
        "the sums by quarter of an hour are those of the ledger's lines, as far as they are counted",
        """
        SELECT bucket, package_kind, entry_kind, counted.seconds, counted.lines, ledger.seconds AS ledger_seconds,
               ledger.lines AS ledger_lines
        FROM (
            SELECT bucket, package_kind, entry_kind, sum(seconds) AS seconds, sum(lines) AS lines
            FROM bucket_minutes GROUP BY 1, 2, 3
        ) AS counted
        FULL JOIN (
            SELECT date_bin('15 minutes', entry.booked_at, TIMESTAMPTZ '2000-01-01 00:00:00+00') AS bucket,
                   coalesce(CAST(package.kind AS text), 'none') AS package_kind, entry.kind AS entry_kind,
                   sum(entry.seconds) AS seconds, count(*) AS lines
            FROM entry LEFT JOIN package ON package.number = entry.package AND package.account = entry.account
            WHERE entry.booked_at < (SELECT minutes_until FROM statistics_state)
            GROUP BY 1, 2, 3
        ) AS ledger USING (bucket, package_kind, entry_kind)
        WHERE (counted.seconds, counted.lines) IS DISTINCT FROM (ledger.seconds, ledger.lines)
        """,
    ),
    Invariant(
        "statistics-money",
        "the sums of money, with the changes that are not counted yet, are those of orders, refunds and disputes",
        """
        SELECT gateway, currency, counted.gross, counted.refunded, counted.lost, counted.fees, counted.orders,
               kept.gross AS kept_gross, kept.refunded AS kept_refunded, kept.lost AS kept_lost, kept.fees AS kept_fees,
               kept.orders AS kept_orders
        FROM (
            SELECT gateway, currency, sum(gross_minor) AS gross, sum(refunded_minor) AS refunded,
                   sum(lost_minor) AS lost, sum(fee_minor) AS fees, sum(orders + free_orders) AS orders
            FROM (SELECT gateway, currency, gross_minor, refunded_minor, lost_minor, fee_minor, orders, free_orders
                  FROM bucket_money
                  UNION ALL
                  SELECT gateway, currency, gross_minor, refunded_minor, lost_minor, fee_minor, orders, free_orders
                  FROM money_change) AS both_of_them
            GROUP BY 1, 2
        ) AS counted
        FULL JOIN (
            SELECT gateway, currency, sum(gross) AS gross, sum(refunded) AS refunded, sum(lost) AS lost,
                   sum(fees) AS fees, sum(orders) AS orders
            FROM (SELECT gateway, currency, price_minor AS gross, 0 AS refunded, 0 AS lost, 0 AS fees, 1 AS orders
                  FROM orders WHERE status = 'paid'
                  UNION ALL SELECT gateway, fee_currency, 0, 0, 0, fee_minor, 0 FROM orders
                            WHERE status = 'paid' AND fee_minor <> 0
                  UNION ALL SELECT gateway, currency, 0, amount_minor, 0, 0, 0 FROM refund WHERE status = 'succeeded'
                  UNION ALL SELECT gateway, currency, 0, 0, amount_minor, 0, 0 FROM dispute WHERE status = 'lost'
            ) AS moved GROUP BY 1, 2
        ) AS kept USING (gateway, currency)
        WHERE (coalesce(counted.gross, 0), coalesce(counted.refunded, 0), coalesce(counted.lost, 0),
               coalesce(counted.fees, 0), coalesce(counted.orders, 0))
              <> (coalesce(kept.gross, 0), coalesce(kept.refunded, 0), coalesce(kept.lost, 0),
                  coalesce(kept.fees, 0), coalesce(kept.orders, 0))
        """,
    ),
    Invariant(
        "statistics-days",
        "the sums by day are those by quarter of an hour, of the same money and seconds, without accounts for tests",
        """
        SELECT 'money' AS what, day, currency AS kind, by_day.gross AS of_day, by_quarter.gross AS of_quarters
        FROM (
            SELECT day, currency, sum(gross_minor) AS gross, sum(refunded_minor) AS refunded, sum(lost_minor) AS lost,
                   sum(fee_minor) AS fees, sum(orders + free_orders) AS orders
            FROM day_money GROUP BY 1, 2
        ) AS by_day
        FULL JOIN (
            SELECT CAST(bucket AT TIME ZONE zone AS date) AS day, currency, sum(gross_minor) AS gross,
                   sum(refunded_minor) AS refunded, sum(lost_minor) AS lost, sum(fee_minor) AS fees,
                   sum(orders + free_orders) AS orders
            FROM bucket_money CROSS JOIN statistics_state WHERE NOT is_test GROUP BY 1, 2
        ) AS by_quarter USING (day, currency)
        WHERE (by_day.gross, by_day.refunded, by_day.lost, by_day.fees, by_day.orders)
              IS DISTINCT FROM
              (by_quarter.gross, by_quarter.refunded, by_quarter.lost, by_quarter.fees, by_quarter.orders)
        UNION ALL
        SELECT 'seconds', day, package_kind || ' ' || CAST(entry_kind AS text), by_day.seconds, by_quarter.seconds
        FROM (SELECT day, package_kind, entry_kind, CAST(seconds AS numeric) AS seconds, CAST(lines AS numeric) AS lines
              FROM day_minutes) AS by_day
        FULL JOIN (
            SELECT CAST(bucket AT TIME ZONE zone AS date) AS day, package_kind, entry_kind, sum(seconds) AS seconds,
                   sum(lines) AS lines
            FROM bucket_minutes CROSS JOIN statistics_state WHERE NOT is_test GROUP BY 1, 2, 3
        ) AS by_quarter USING (day, package_kind, entry_kind)
        WHERE (by_day.seconds, by_day.lines) IS DISTINCT FROM (by_quarter.seconds, by_quarter.lines)
        """,
    ),
    Invariant(
        "statistics-subscriptions",
        "what recurs at the end of the last day that was taken is the sum of what each subscription is worth",
        """
        SELECT currency, taken.minor, worth.minor AS of_each
        FROM (
            SELECT currency, sum(mrr_minor) AS minor FROM day_subscription
            WHERE day = (SELECT max(day) FROM day_taken WHERE what = 'subscriptions') GROUP BY 1
        ) AS taken
        FULL JOIN (
            SELECT currency, sum(mrr_minor) AS minor FROM (
                SELECT DISTINCT ON (subscription_id) currency, mrr_minor FROM subscription_value
                ORDER BY subscription_id, day DESC
            ) AS last GROUP BY 1
        ) AS worth USING (currency)
        WHERE coalesce(taken.minor, 0) <> coalesce(worth.minor, 0)
        """,
    ),
    Invariant(
        "statistics-activity",
        "what accounts used on a day is the sum of their usages of it that were not reversed, as far as it is counted",
        """
        SELECT day, counted.seconds, counted.usages, kept.seconds AS kept_seconds, kept.usages AS kept_usages
        FROM (SELECT day, sum(seconds) AS seconds, sum(usages) AS usages FROM account_day GROUP BY 1) AS counted
        FULL JOIN (
            SELECT CAST(usage.occurred_at AT TIME ZONE state.zone AS date) AS day, sum(usage.used_seconds) AS seconds,
                   count(*) AS usages
            FROM statistics_state AS state
            CROSS JOIN LATERAL (
                SELECT entry.usage_id, entry.account,
                       min(entry.booked_at) FILTER (WHERE entry.message_id = entry.usage_id) AS booked_at,
                       min(entry.booked_at) FILTER (WHERE entry.message_id = message.reversed_by) AS reversed_at
                FROM entry JOIN inbox AS message ON message.id = entry.usage_id AND message.account = entry.account
                WHERE message.type <> 'screph.dispute.applied.v1'
                GROUP BY 1, 2
            ) AS booked
            JOIN usage ON usage.id = booked.usage_id AND usage.account = booked.account
            WHERE booked.booked_at < state.activity_until
              AND (booked.reversed_at IS NULL OR booked.reversed_at >= state.activity_until)
              AND CAST(usage.occurred_at AT TIME ZONE state.zone AS date)
                  >= (SELECT min(day) FROM account_day)
            GROUP BY 1
        ) AS kept USING (day)
        WHERE (coalesce(counted.seconds, 0), coalesce(counted.usages, 0))
              <> (coalesce(kept.seconds, 0), coalesce(kept.usages, 0))
        """,
    ),
)
