"""A year of figures as counting would have left them, for pages that are looked at; nothing stands behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import text

from store.engine import Engine
from store.transaction import transaction

_DAYS = "(SELECT CAST(:last AS date) - back AS day FROM generate_series(0, 399) AS back) AS each"
_MONTHS = """
    (SELECT CAST(date_trunc('month', CAST(:last AS date)) - back * interval '1 month' AS date) AS month
     FROM generate_series(0, 12) AS back) AS each
"""
_N = "extract(doy FROM day)"

ROWS = (
    f"""INSERT INTO day_money (day, product, kind, gateway, currency, gross_minor, refunded_minor, lost_minor, fee_minor,
                               orders)
        SELECT day, 1, 'first', gateway, 'RUB', 100000 + 700 * {_N}, 9000 + 100 * {_N}, 500, 4000, 3
        FROM {_DAYS}, (VALUES ('stripe'), ('yookassa')) AS through (gateway)""",
    f"""INSERT INTO day_minutes (day, package_kind, entry_kind, seconds, lines)
        SELECT day, package_kind, CAST(entry_kind AS entry_kind), seconds * (200 + {_N}), 10
        FROM {_DAYS}, (VALUES ('purchased', 'grant', 90), ('bonus', 'grant', 9), ('purchased', 'burn', -80),
                              ('bonus', 'expire', -4)) AS kinds (package_kind, entry_kind, seconds)""",
    f"""INSERT INTO day_activity (day, counted_at, seconds, usages, of_day, of_week, of_month)
        SELECT day, now(), 9000 * {_N}, 90, 40 + {_N}, 90 + {_N}, 200 + {_N} FROM {_DAYS}""",
    f"INSERT INTO day_first (day, first_used, first_paid) SELECT day, 4, 3 FROM {_DAYS}",
    f"""INSERT INTO day_payer (day, currency, paid_before, accounts)
        SELECT day, 'RUB', DATE '1970-01-01', 3 FROM {_DAYS} UNION ALL SELECT day, 'RUB', day - 30, 2 FROM {_DAYS}""",
    f"""INSERT INTO day_deferred (day, taken_at, deferred_minor, net_minor, seconds, product, kind, currency)
        SELECT day, now(), 500000 + 900 * {_N}, 100000 * (day - DATE '2020-01-01'), 90000, 1, 'first', 'RUB'
        FROM {_DAYS}""",
    # Every 50th night was missed.
    f"""INSERT INTO day_taken (what, day, taken_at, is_final)
        SELECT what, day, day + 30, true FROM {_DAYS}, unnest(ARRAY['subscriptions', 'promotions', 'deferred', 'day_link',
                                                                   'day_trial', 'day_dunning', 'day_attempt']) AS what
        WHERE what <> 'subscriptions' OR mod(CAST({_N} AS integer), 50) <> 7""",
    f"""INSERT INTO day_subscription (day, currency, product, gateway, status, is_ending, subscriptions, mrr_minor)
        SELECT day, 'RUB', 1, 'stripe', status, is_ending, 10 + {_N}, CASE status WHEN 'trial' THEN 0 ELSE 50000 + 400 * {_N} END
        FROM {_DAYS}, (VALUES ('active', false), ('active', true), ('past_due', false), ('trial', false))
             AS stands (status, is_ending)
        WHERE mod(CAST({_N} AS integer), 50) <> 7""",
    f"""INSERT INTO month_subscription (month, currency, since, until, start_minor, new_minor, expansion_minor,
            contraction_minor, churn_minor, reactivation_minor, end_minor, subscribers, ended_by_buyer, ended_unpaid)
        SELECT month, 'RUB', month - interval '1 day', month + interval '1 month' - interval '1 day', 5000000, 400000,
               100000, 50000, 250000, 30000, 5230000, 120, 5, 3 FROM {_MONTHS}""",
    f"""INSERT INTO day_trial (day, currency, product, gateway, ended, paid)
        SELECT day, 'RUB', 1, 'stripe', 5, 2 FROM {_DAYS}""",
    f"""INSERT INTO day_dunning (day, currency, gateway, retry, paid_by, renewals, amount_minor)
        SELECT day, 'RUB', 'stripe', retry, paid_by, 2, 39800 FROM {_DAYS},
             (VALUES ('later', 0), ('later', 2), ('later', 3), ('new_method', 2), ('never', 0)) AS came (retry, paid_by)""",
    f"""INSERT INTO day_attempt (day, gateway, kind, outcome, retry, code, attempts)
        SELECT day, gateway, 'first', CAST(outcome AS attempt_outcome), retry, code, attempts + mod(CAST({_N} AS integer), 9)
        FROM {_DAYS}, (VALUES ('stripe'), ('yookassa')) AS through (gateway),
             (VALUES ('paid', '', '', 20), ('declined', 'later', 'insufficient_funds', 3),
                     ('declined', 'new_method', 'expired_card', 2), ('checkout_refused', '', 'invalid_request', 1))
             AS came (outcome, retry, code, attempts)""",
    f"""INSERT INTO day_link (day, gateway, currency, orders, links, opened, paid_soon, paid, failed, expired, used, wishes,
                              wishes_paid)
        SELECT day, gateway, 'RUB', 32, 30, 26, 18, 20, 3, 6, 17, 24, 18
        FROM {_DAYS}, (VALUES ('stripe'), ('yookassa')) AS through (gateway)""",
    f"""INSERT INTO month_retention (month, cohort, began, did, size, accounts)
        SELECT later, month, began, did, 90, 90 / (1 + (later - month) / 25)
        FROM {_MONTHS}, unnest(ARRAY['paid', 'used']) AS began, unnest(ARRAY['paid', 'used']) AS did,
             LATERAL (SELECT CAST(month + ahead * interval '1 month' AS date) AS later
                      FROM generate_series(0, 12) AS ahead) AS months
        WHERE later <= CAST(:last AS date) - 34
        """,
    f"""INSERT INTO day_promotion (day, source, number, currency, orders, discount_minor, granted_seconds, used_seconds,
                                   open_seconds)
        SELECT day, source, 0, 'RUB', day - DATE '2020-01-01', 900 * (day - DATE '2020-01-01'), 600 * (day - DATE '2020-01-01'),
               400 * (day - DATE '2020-01-01'), 90000
        FROM {_DAYS}, unnest(ARRAY['referral']) AS source""",
    f"""INSERT INTO month_breakage (month, package_kind, granted_seconds, voided_seconds, expired_seconds, open_seconds)
        SELECT month, package_kind, 900000, 30000, 40000, CASE WHEN month > CAST(:last AS date) - 90 THEN 200000 ELSE 0 END
        FROM {_MONTHS}, unnest(ARRAY['bonus', 'purchased', 'subscription']) AS package_kind""",
)

TABLES = tuple(row.split()[2] for row in ROWS)


@contextmanager
def a_year_of_figures(engine: Engine, last: date) -> Iterator[None]:
    """Write figures of 400 days up to one; they go again, for nothing stands behind them."""
    with transaction(engine) as session:
        for row in ROWS:
            session.execute(text(row), {"last": last})
    try:
        yield
    finally:
        with transaction(engine) as session:
            for table in TABLES:
                session.execute(text(f"DELETE FROM {table}"))
