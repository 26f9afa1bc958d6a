"""Invariants of statistics, as SQL: what was added up is what is there, up to where it is counted."""

from store.audit.invariant import Invariant
from store.tables.statistics import COUNTS, MONEY

_AMOUNTS = (*MONEY, *COUNTS)
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in _AMOUNTS)
_SOLD = "currency, gateway, product, kind"


def _all(side: str) -> str:
    return "(" + ", ".join(f"coalesce({side}.{name}, 0)" for name in _AMOUNTS) + ")"


# What is sold counts in the quarter of its payment, what goes back in that of the refund or of the dispute's end.
_MONEY_OF_ROWS = """
    SELECT paid_at AS at, orders.currency, orders.gateway, product, orders.kind, price_minor AS gross_minor,
           list_price_minor - price_minor AS discount_minor, 0 AS fee_minor, 0 AS refunded_minor, 0 AS lost_minor,
           CAST(price_minor > 0 AS integer) AS orders, CAST(price_minor = 0 AS integer) AS free_orders,
           0 AS refunds, 0 AS disputes
    FROM orders WHERE status = 'paid'
    UNION ALL
    SELECT paid_at, fee_currency, gateway, product, kind, 0, 0, fee_minor, 0, 0, 0, 0, 0, 0
    FROM orders WHERE status = 'paid' AND fee_minor <> 0
    UNION ALL
    SELECT succeeded_at, refund.currency, refund.gateway, product, orders.kind, 0, 0, 0, amount_minor, 0, 0, 0, 1, 0
    FROM refund JOIN orders ON orders.id = refund.order_id WHERE refund.status = 'succeeded'
    UNION ALL
    SELECT closed_at, dispute.currency, dispute.gateway, product, orders.kind, 0, 0, 0, 0, amount_minor, 0, 0, 0, 1
    FROM dispute JOIN orders ON orders.id = dispute.order_id WHERE dispute.status = 'lost'
"""

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
        "the sums of money by quarter, product and kind, with the changes that are not counted yet, are those of"
        " orders, refunds and disputes",
        f"""
        SELECT bucket, {_SOLD}, counted.gross_minor, kept.gross_minor AS kept_gross_minor, counted.refunded_minor,
               kept.refunded_minor AS kept_refunded_minor, counted.lost_minor, kept.lost_minor AS kept_lost_minor,
               counted.orders, kept.orders AS kept_orders
        FROM (
            SELECT bucket, {_SOLD}, {_SUMS}
            FROM (SELECT bucket, {_SOLD}, {", ".join(_AMOUNTS)} FROM bucket_money
                  UNION ALL
                  SELECT date_bin('15 minutes', happened_at, TIMESTAMPTZ '2000-01-01 00:00:00+00'), {_SOLD},
                         {", ".join(_AMOUNTS)}
                  FROM money_change) AS both_of_them
            GROUP BY bucket, {_SOLD}
        ) AS counted
        FULL JOIN (
            SELECT date_bin('15 minutes', at, TIMESTAMPTZ '2000-01-01 00:00:00+00') AS bucket, {_SOLD}, {_SUMS}
            FROM ({_MONEY_OF_ROWS}) AS moved GROUP BY 1, {_SOLD}
        ) AS kept USING (bucket, {_SOLD})
        WHERE {_all("counted")} <> {_all("kept")}
        """,
    ),
    Invariant(
        "statistics-days",
        "the sums by day are those by quarter of an hour, of the same money and seconds, without accounts for tests",
        f"""
        SELECT 'money' AS what, day, concat_ws(' ', {_SOLD}) AS kind, by_day.gross_minor AS of_day,
               by_quarter.gross_minor AS of_quarters
        FROM day_money AS by_day
        FULL JOIN (
            SELECT CAST(bucket AT TIME ZONE zone AS date) AS day, {_SOLD}, {_SUMS}
            FROM bucket_money CROSS JOIN statistics_state WHERE NOT is_test GROUP BY 1, {_SOLD}
        ) AS by_quarter USING (day, {_SOLD})
        WHERE {_all("by_day")} <> {_all("by_quarter")}
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
        "what each account used on a day is the sum of its usages of it that were not reversed, as far as they are"
        " counted",
        # A sum of products by account tells seconds of one from those of another, and keeps the groups as few as days.
        """
        SELECT day, counted.seconds, counted.usages, kept.seconds AS kept_seconds, kept.usages AS kept_usages
        FROM (
            SELECT day, sum(seconds) AS seconds, sum(usages) AS usages,
                   sum(CAST(account AS numeric) * account * seconds) AS by_account
            FROM account_day GROUP BY 1
        ) AS counted
        FULL JOIN (
            SELECT CAST(usage.occurred_at AT TIME ZONE state.zone AS date) AS day, sum(usage.used_seconds) AS seconds,
                   count(*) AS usages,
                   sum(CAST(usage.account AS numeric) * usage.account * usage.used_seconds) AS by_account
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
        WHERE (coalesce(counted.seconds, 0), coalesce(counted.usages, 0), coalesce(counted.by_account, 0))
              <> (coalesce(kept.seconds, 0), coalesce(kept.usages, 0), coalesce(kept.by_account, 0))
        """,
    ),
)
