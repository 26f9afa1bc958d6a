"""
Rollups: sums of a day (or of a month) that are made of rows as they stand, again and again until nothing can change.

What a row says of a day is decided later: a link is paid, a renewal is recovered. So a day is taken again until it is
final, and pages read these few rows whatever the books have grown to.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from domain.statistics.recurring import PAID_WITHIN
from store.statistics.count import NOT_COUNTED


@dataclass(frozen=True, slots=True)
class Rollup:
    """
    A table of sums by day: its key without the day, its amounts, and the query that makes the rows of a day.

    A day is final so long after its end. `shows_young`: it says something before, too. `by_month`: its days are the
    first of months, and stand for them. `reads_activity`: it says who used, so it begins with the first use and waits
    until activity is counted.
    """

    table: str
    key: tuple[str, ...]
    amounts: tuple[str, ...]
    source: str
    final_after: timedelta
    shows_young: bool = True
    by_month: bool = False
    reads_activity: bool = False

    def period_of(self, day: date, zone: str) -> Days:
        """Return the days that a row of a day stands for."""
        if not self.by_month:
            return Days(day, day, zone)
        return Days(day, (day + timedelta(days=31)).replace(day=1) - timedelta(days=1), zone)

    def next_after(self, day: date) -> date:
        """Return the day that comes after one in the table."""
        return self.period_of(day, "UTC").last + timedelta(days=1)


def first_bought(session: Session) -> datetime | None:
    """Return when anything was bought or subscribed for the first time; None: nothing was."""
    first: datetime | None = session.execute(_FIRST_BOUGHT).scalar_one()
    return first


def first_used(session: Session) -> date | None:
    """Return the day on which anything was used for the first time; None: nothing was."""
    first: date | None = session.execute(text("SELECT min(used_day) FROM account_first")).scalar_one()
    return first


def take(session: Session, rollup: Rollup, day: date, zone: str) -> None:
    """Make the rows of a day anew."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    of_day = "month" if rollup.by_month else "day"
    columns = ", ".join((of_day, *rollup.key, *rollup.amounts))
    session.execute(text(f"DELETE FROM {rollup.table} WHERE {of_day} = :day"), {"day": day})
    statement = f"INSERT INTO {rollup.table} ({columns}) SELECT {columns} FROM ({rollup.source}) AS counted"
    session.execute(text(statement), parameters_of(rollup, day, zone))


def parameters_of(rollup: Rollup, day: date, zone: str) -> dict[str, Any]:
    """Return the parameters of the query of a rollup for one day."""
    days = rollup.period_of(day, zone)
    return {
        "day": day,
        "last": days.last,
        "since": days.starts_at,
        "until": days.ends_at,
        "zone": zone,
        "not_counted": list(NOT_COUNTED),
        "in_time": PAID_WITHIN,
    }


def forget_rollup(session: Session, rollup: Rollup) -> None:
    """Forget all rows, for days are those of another zone now."""
    session.execute(text(f"DELETE FROM {rollup.table}"))


# The two indexes by age serve.
_FIRST_BOUGHT = text("SELECT least((SELECT min(created_at) FROM orders), (SELECT min(created_at) FROM subscription))")

_DAY = "CAST(:day AS date)"

TRIALS = Rollup(
    "day_trial",
    ("currency", "product", "gateway"),
    ("ended", "paid"),
    f"""
    SELECT {_DAY} AS day, subscription.currency, subscription.product, subscription.gateway,
           CAST(count(*) AS integer) AS ended,
           CAST(count(*) FILTER (WHERE EXISTS (
               SELECT FROM orders WHERE orders.subscription_id = subscription.id AND orders.status = 'paid'
                 AND orders.price_minor > 0 AND orders.paid_at < subscription.trial_ends_at + CAST(:in_time AS interval)
           )) AS integer) AS paid
    FROM subscription JOIN account ON account.number = subscription.account
    WHERE subscription.trial_ends_at >= :since AND subscription.trial_ends_at < :until AND NOT account.is_test
      AND subscription.gateway <> ALL(:not_counted)
    GROUP BY 2, 3, 4
    """,
    final_after=PAID_WITHIN,
    shows_young=False,
)

# Calls without an answer are no attempts, so an outage is no decline.
DUNNING = Rollup(
    "day_dunning",
    ("currency", "gateway", "retry", "paid_by"),
    ("renewals", "amount_minor"),
    f"""
    SELECT {_DAY} AS day, orders.currency, coalesce(failed.gateway, orders.gateway) AS gateway,
           coalesce(CAST(failed.retry AS text), '') AS retry, coalesce(recovered.attempt, 0) AS paid_by,
           CAST(count(*) AS integer) AS renewals, CAST(sum(orders.price_minor) AS bigint) AS amount_minor
    FROM payment_attempt AS failed
    JOIN orders ON orders.id = failed.order_id
    JOIN account ON account.number = orders.account
    LEFT JOIN LATERAL (
        SELECT greatest(1, paid.charge) AS attempt FROM payment_attempt AS paid
        WHERE paid.order_id = orders.id AND paid.outcome = 'paid' AND orders.status = 'paid'
          AND orders.paid_at < failed.at + CAST(:in_time AS interval)
        ORDER BY paid.number LIMIT 1
    ) AS recovered ON true
    WHERE failed.at >= :since AND failed.at < :until AND failed.number = 1 AND failed.outcome = 'declined'
      AND orders.kind = 'renewal' AND NOT account.is_test AND orders.gateway <> ALL(:not_counted)
    GROUP BY 2, 3, 4, 5
    """,
    final_after=PAID_WITHIN,
    shows_young=False,
)

ATTEMPTS = Rollup(
    "day_attempt",
    ("gateway", "kind", "outcome", "retry", "code"),
    ("attempts",),
    f"""
    SELECT {_DAY} AS day, coalesce(attempt.gateway, orders.gateway) AS gateway, orders.kind, attempt.outcome,
           coalesce(CAST(attempt.retry AS text), '') AS retry, coalesce(attempt.code, '') AS code,
           CAST(count(*) AS integer) AS attempts
    FROM payment_attempt AS attempt
    JOIN orders ON orders.id = attempt.order_id
    JOIN account ON account.number = orders.account
    WHERE attempt.at >= :since AND attempt.at < :until AND NOT account.is_test
      AND coalesce(attempt.gateway, orders.gateway) <> ALL(:not_counted)
    GROUP BY 2, 3, 4, 5, 6
    """,
    final_after=timedelta(hours=1),
)

_HOSTED = "{orders}.kind IN ('first', 'repeat') AND {orders}.method_id IS NULL AND {orders}.price_minor > 0"

# Seven days after the payment, three for usage that is heard of late; a link is paid within ten days or never.
LINKS = Rollup(
    "day_link",
    ("gateway", "currency"),
    ("orders", "links", "opened", "paid_soon", "paid", "failed", "expired", "used", "wishes", "wishes_paid"),
    f"""
    SELECT {_DAY} AS day, gateway, currency, CAST(count(*) AS integer) AS orders,
           CAST(count(link_ready_at) AS integer) AS links, CAST(count(opened_at) AS integer) AS opened,
           CAST(count(*) FILTER (WHERE has_link AND paid_at < created_at + interval '1 day') AS integer) AS paid_soon,
           CAST(count(*) FILTER (WHERE is_paid) AS integer) AS paid,
           CAST(count(*) FILTER (WHERE has_link AND status = 'failed') AS integer) AS failed,
           CAST(count(*) FILTER (WHERE has_link AND status = 'expired') AS integer) AS expired,
           CAST(count(*) FILTER (WHERE is_paid AND EXISTS (
               SELECT FROM generate_series(0, 7) AS later
               JOIN account_day ON account_day.account = asked.account
                AND account_day.day = CAST(asked.paid_at AT TIME ZONE :zone AS date) + later
               WHERE account_day.usages > 0
           )) AS integer) AS used,
           CAST(count(*) FILTER (WHERE is_wish) AS integer) AS wishes,
           CAST(count(*) FILTER (WHERE is_wish AND EXISTS (
               SELECT FROM orders AS again
               WHERE again.account = asked.account AND again.product = asked.product
                 AND again.created_at >= asked.created_at AND again.created_at < asked.created_at + interval '1 hour'
                 AND again.status = 'paid' AND again.paid_at < again.created_at + interval '1 day'
           )) AS integer) AS wishes_paid
    FROM (
        SELECT orders.*, link_ready_at IS NOT NULL AS has_link,
               link_ready_at IS NOT NULL AND status = 'paid' AND paid_at < created_at + interval '10 days' AS is_paid,
               link_ready_at IS NOT NULL AND NOT EXISTS (
                   SELECT FROM orders AS before
                   WHERE before.account = orders.account AND before.product = orders.product
                     AND before.created_at >= orders.created_at - interval '1 hour'
                     AND (before.created_at, before.id) < (orders.created_at, orders.id)
                     AND before.link_ready_at IS NOT NULL AND {_HOSTED.format(orders="before")}
               ) AS is_wish
        FROM orders JOIN account ON account.number = orders.account
        WHERE orders.created_at >= :since AND orders.created_at < :until AND {_HOSTED.format(orders="orders")}
          AND NOT account.is_test AND orders.gateway <> ALL(:not_counted)
    ) AS asked
    GROUP BY 2, 3
    """,
    final_after=timedelta(days=20),
    reads_activity=True,
)

RETENTION = Rollup(
    "month_retention",
    ("cohort", "began", "did"),
    ("size", "accounts"),
    """
    WITH first AS (
        SELECT account_first.account, began.what AS began, CAST(date_trunc('month', began.day) AS date) AS cohort
        FROM account_first
        JOIN account ON account.number = account_first.account AND NOT account.is_test
        CROSS JOIN LATERAL (VALUES ('paid', paid_day), ('used', used_day)) AS began (what, day)
        WHERE began.day <= CAST(:last AS date)
    ), active AS (
        SELECT 'used' AS did, account FROM account_day
        WHERE day BETWEEN CAST(:day AS date) AND CAST(:last AS date) AND usages > 0 GROUP BY account
        UNION ALL
        SELECT 'paid', account FROM orders
        WHERE status = 'paid' AND price_minor > 0 AND paid_at >= :since AND paid_at < :until
          AND gateway <> ALL(:not_counted)
        GROUP BY account
    ), counted AS (
        SELECT cohort, began, did, CAST(count(*) AS integer) AS accounts FROM active JOIN first USING (account)
        GROUP BY 1, 2, 3
    )
    SELECT CAST(:day AS date) AS month, of_cohort.cohort, of_cohort.began, did.what AS did, size,
           coalesce(counted.accounts, 0) AS accounts
    FROM (SELECT cohort, began, CAST(count(*) AS integer) AS size FROM first GROUP BY 1, 2) AS of_cohort
    CROSS JOIN (VALUES ('paid'), ('used')) AS did (what)
    LEFT JOIN counted ON counted.cohort = of_cohort.cohort AND counted.began = of_cohort.began
     AND counted.did = did.what
    """,
    final_after=timedelta(days=3),
    shows_young=False,
    by_month=True,
    reads_activity=True,
)

# Reconciliation asks gateways for 29 days, and a bank's debit counts on the day on which it was begun.
MONEY_KNOWN_AFTER = timedelta(days=30)
"""So long after a payment it is known that there was one."""

# Who paid in a period is who paid on one of its days, and last before it, if ever: so payers of any period are a sum.
PAYERS = Rollup(
    "day_payer",
    ("currency", "paid_before"),
    ("accounts",),
    f"""
    SELECT {_DAY} AS day, currency, coalesce(paid_before, DATE '1970-01-01') AS paid_before,
           CAST(count(*) AS integer) AS accounts
    FROM (
        SELECT orders.currency, (
            SELECT CAST(max(before.paid_at) AT TIME ZONE :zone AS date) FROM orders AS before
            WHERE before.account = orders.account AND before.currency = orders.currency AND before.status = 'paid'
              AND before.price_minor > 0 AND before.paid_at < :since AND before.gateway <> ALL(:not_counted)
        ) AS paid_before
        FROM (
            SELECT account, currency FROM orders
            WHERE status = 'paid' AND price_minor > 0 AND paid_at >= :since AND paid_at < :until
              AND gateway <> ALL(:not_counted)
            GROUP BY account, currency
        ) AS orders
        JOIN account ON account.number = orders.account AND NOT account.is_test
    ) AS payer GROUP BY 2, 3
    """,
    final_after=MONEY_KNOWN_AFTER,
)

FIRSTS = Rollup(
    "day_first",
    (),
    ("first_used", "first_paid"),
    f"""
    SELECT {_DAY} AS day, CAST(count(*) FILTER (WHERE used_day = :day) AS integer) AS first_used,
           CAST(count(*) FILTER (WHERE paid_day = :day) AS integer) AS first_paid
    FROM account_first JOIN account ON account.number = account_first.account AND NOT account.is_test
    WHERE used_day = :day OR paid_day = :day
    """,
    final_after=MONEY_KNOWN_AFTER,
    reads_activity=True,
)

ROLLUPS = (TRIALS, DUNNING, ATTEMPTS, LINKS, PAYERS, FIRSTS, RETENTION)
"""All of them."""
