"""Subscriptions at night: how they stand, what each is worth in a month, and how that moved in the month."""

from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from domain.periods import PeriodUnit
from domain.statistics.recurring import MONTHS
from domain.subscriptions.cancel import BY_US, NOBODY_PAID
from store.statistics.count import NOT_COUNTED

SUBSCRIPTIONS = "subscriptions"
"""The name of this snapshot among those that are taken."""


def save_subscriptions(session: Session, day: date) -> None:
    """Save how subscriptions stand now, as the end of a day, and what has changed of their worth."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(_SAVE_DAY, {"day": day, "not_counted": list(NOT_COUNTED)})
    session.execute(_SAVE_VALUES, {"day": day, "not_counted": list(NOT_COUNTED)})


def save_month(session: Session, until: date, zone: str) -> None:
    """
    Save how recurring money has moved in the month of a day, up to that day's end.

    The month begins with the last snapshot before it; where there is none, with its own first one.

    Args:
        session: a transaction.
        until: a day of which a snapshot was taken.
        zone: whose days they are.
    """
    month = until.replace(day=1)
    since: date | None = session.execute(_FIRST_OF_MONTH, {"month": month}).scalar_one()
    assert since is not None
    parameters = {
        "month": month,
        "since": since,
        "until": until,
        "zone": zone,
    }
    session.execute(text("DELETE FROM month_subscription WHERE month = :month"), parameters)
    session.execute(_SAVE_MONTH, parameters)


def _monthly(price: str) -> str:
    """Return the SQL of `domain.statistics.recurring.monthly_minor`."""
    cases = " ".join(
        f"WHEN '{unit}' THEN CAST({price} AS numeric) * {months.numerator} / {months.denominator}"
        for unit in PeriodUnit
        for months in (MONTHS[unit],)
    )
    return f"CAST(round(CASE subscription.period {cases} END) AS bigint)"


_PRICE = """
    CASE WHEN subscription.discount_periods_left > 0 AND subscription.discounted_price_minor IS NOT NULL
         THEN least(subscription.price_minor, subscription.discounted_price_minor)
         ELSE subscription.price_minor END
"""

# Whoever was never charged pays nothing yet, whatever the status.
_NOW = f"""
    SELECT subscription.id, subscription.account, subscription.currency, subscription.product, subscription.gateway,
           stands.status, subscription.cancel_at_period_end AS is_ending,
           CASE WHEN stands.status IN ('active', 'past_due') THEN {_monthly(_PRICE)} ELSE 0 END AS mrr_minor
    FROM subscription JOIN account ON account.number = subscription.account
    CROSS JOIN LATERAL (
        SELECT CASE WHEN subscription.trial_ends_at IS NOT NULL AND subscription.paid_order_id IS NULL THEN 'trial'
                    ELSE CAST(subscription.status AS text) END AS status
    ) AS stands
    WHERE subscription.status IN ('active', 'past_due', 'unpaid', 'paused') AND NOT account.is_test
      AND subscription.gateway <> ALL(:not_counted)
"""

_SAVE_DAY = text(f"""
    INSERT INTO day_subscription (day, currency, product, gateway, status, is_ending, subscriptions, mrr_minor)
    SELECT :day, currency, product, gateway, status, is_ending, count(*), sum(mrr_minor)
    FROM ({_NOW}) AS now GROUP BY 2, 3, 4, 5, 6
""")

_SAVE_VALUES = text(f"""
    INSERT INTO subscription_value (subscription_id, day, account, currency, mrr_minor)
    SELECT id, :day, coalesce(now.account, last.account), coalesce(now.currency, last.currency),
           coalesce(now.mrr_minor, 0)
    FROM ({_NOW}) AS now
    FULL JOIN (
        SELECT DISTINCT ON (subscription_id) subscription_id AS id, account, currency, mrr_minor
        FROM subscription_value ORDER BY subscription_id, day DESC
    ) AS last USING (id)
    WHERE coalesce(now.mrr_minor, 0) <> coalesce(last.mrr_minor, 0)
""")

_FIRST_OF_MONTH = text("""
    SELECT coalesce(max(day) FILTER (WHERE day < :month), min(day)) FROM day_taken WHERE what = 'subscriptions'
""")


def _worth(day: str) -> str:
    return f"""
        SELECT account, currency, sum(mrr_minor) AS minor FROM (
            SELECT DISTINCT ON (subscription_id) account, currency, mrr_minor
            FROM subscription_value WHERE day <= {day} ORDER BY subscription_id, day DESC
        ) AS last GROUP BY 1, 2 HAVING sum(mrr_minor) > 0
    """


def ended_between(since: str, until: str) -> str:
    """
    Return the SQL of the subscriptions that brought money at the end of a day, and ended until that of another one.

    Whoever pays again by then is no loss, so at most one of an account and a currency: `account`, `currency`, `id`, and
    `ended_by`, buyer or unpaid.

    Args:
        since: SQL of a date.
        until: SQL of a date.
    """
    return f"""
        SELECT DISTINCT ON (ended.account, ended.currency) ended.account, ended.currency, ended.id,
               CASE WHEN ended.cancelled_by = '{BY_US}' AND ended.cancel_reason = '{NOBODY_PAID}' THEN 'unpaid'
                    ELSE 'buyer' END AS ended_by
        FROM subscription AS ended
        WHERE ended.ended_at >= CAST({since} + 1 AS timestamp) AT TIME ZONE :zone
          AND ended.ended_at < CAST({until} + 1 AS timestamp) AT TIME ZONE :zone
          AND 0 < (
              SELECT mrr_minor FROM subscription_value AS first
              WHERE first.subscription_id = ended.id AND first.day <= {since} ORDER BY first.day DESC LIMIT 1
          )
          AND NOT EXISTS (
              SELECT FROM (
                  SELECT DISTINCT ON (subscription_id) mrr_minor FROM subscription_value AS value
                  WHERE value.account = ended.account AND value.currency = ended.currency AND value.day <= {until}
                  ORDER BY subscription_id, day DESC
              ) AS last WHERE mrr_minor > 0
          )
        ORDER BY ended.account, ended.currency, ended.ended_at DESC, ended.id
    """


# Who is new and who comes again is told by what they were ever worth before.
_SAVE_MONTH = text(f"""
    WITH moved AS (
        SELECT account, currency, coalesce(first.minor, 0) AS started, coalesce(last.minor, 0) AS ended
        FROM ({_worth(":since")}) AS first FULL JOIN ({_worth(":until")}) AS last USING (account, currency)
    ), named AS (
        SELECT moved.*, moved.started = 0 AND EXISTS (
            SELECT FROM subscription_value AS before
            WHERE before.account = moved.account AND before.currency = moved.currency AND before.day <= :since
              AND before.mrr_minor > 0
        ) AS is_back, ended.ended_by
        FROM moved
        LEFT JOIN ({ended_between("CAST(:since AS date)", "CAST(:until AS date)")}) AS ended USING (account, currency)
    )
    INSERT INTO month_subscription (month, currency, since, until, start_minor, new_minor, expansion_minor,
        contraction_minor, churn_minor, reactivation_minor, end_minor, subscribers, ended_by_buyer, ended_unpaid)
    SELECT CAST(:month AS date), currency, CAST(:since AS date), CAST(:until AS date), sum(started),
           coalesce(sum(ended) FILTER (WHERE started = 0 AND NOT is_back), 0),
           coalesce(sum(ended - started) FILTER (WHERE started > 0 AND ended > started), 0),
           coalesce(sum(started - ended) FILTER (WHERE ended > 0 AND ended < started), 0),
           coalesce(sum(started) FILTER (WHERE ended = 0), 0),
           coalesce(sum(ended) FILTER (WHERE started = 0 AND is_back), 0),
           sum(ended), count(*) FILTER (WHERE started > 0), count(*) FILTER (WHERE ended_by = 'buyer'),
           count(*) FILTER (WHERE ended_by = 'unpaid')
    FROM named GROUP BY currency
""")
