"""The sums of a business, made by the product's own counting; and how long one quarter of an hour takes."""

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2

from bench.business import Say
from domain.statistics.bucket import PATIENCE, QUARTER
from store.engine import Engine
from store.statistics.rollup import ROLLUPS
from store.statistics.state import lock_state
from store.transaction import transaction
from workers.context import Context
from workers.statistics.count import count_statistics

HELD_BACK = 32
"""So many quarters of an hour are not counted, so that counting one of them can be timed; a run takes seven."""

_MONEY = """
    INSERT INTO money_change (happened_at, recorded_at, account, product, kind, is_test, gateway, currency, gross_minor,
                              fee_minor, orders)
    SELECT paid_at, recorded_at, account, product, kind, is_test, gateway, orders.currency, price_minor, fee_minor, 1
    FROM orders JOIN account ON account.number = orders.account WHERE status = 'paid';
    INSERT INTO money_change (happened_at, recorded_at, account, product, kind, is_test, gateway, currency,
                              refunded_minor, refunds)
    SELECT succeeded_at, refund.recorded_at, account, product, kind, is_test, refund.gateway, refund.currency,
           amount_minor, 1
    FROM refund JOIN orders ON orders.id = refund.order_id JOIN account ON account.number = orders.account
"""

# One day's is counted; the others are the same, a little less each.
_DAYS_BEFORE = """
    INSERT INTO day_deferred (day, taken_at, deferred_minor, net_minor, seconds, product, kind, currency)
    SELECT day - back, taken_at, deferred_minor * (400 - back) / 400, net_minor * (400 - back) / 400, seconds, product,
           kind, currency
    FROM day_deferred, generate_series(1, 364) AS back
    ON CONFLICT DO NOTHING;
    INSERT INTO day_subscription (day, currency, product, gateway, status, is_ending, subscriptions, mrr_minor)
    SELECT day - back, currency, product, gateway, status, is_ending, subscriptions, mrr_minor
    FROM day_subscription, generate_series(1, 364) AS back
    ON CONFLICT DO NOTHING;
    INSERT INTO day_taken (day, taken_at, is_final, what)
    SELECT day_taken.day - back, taken_at, true, what
    FROM day_taken, generate_series(1, 364) AS back, (SELECT max(day) AS day FROM day_subscription) AS newest
    WHERE day_taken.day = newest.day
    ON CONFLICT DO NOTHING
"""

# As if the days before were counted, and closed: each of them costs a second and more of its own.
_NEWEST = """
    UPDATE statistics_state
    SET minutes_until = %(since)s, activity_until = %(since)s, changed_from = CAST(%(since)s AS date);
    INSERT INTO day_taken (what, day, taken_at, is_final)
    SELECT what, CASE WHEN by_month THEN date_trunc('month', %(since)s - interval '1 month')
                      ELSE %(since)s - interval '1 day' END, now(), true
    FROM unnest(%(rollups)s, %(by_month)s) AS rollup (what, by_month)
    ON CONFLICT DO NOTHING
"""

_BUSY = """
    CREATE TEMP TABLE busy AS
    SELECT nextval('entry_id_seq') AS id, nextval('inbox_id_seq') AS message_id, 1 + mod(number, accounts) AS account,
           TIMESTAMPTZ %(since)s + number * interval '15 minutes' / %(usages)s AS at
    FROM generate_series(0, %(usages)s - 1) AS number, (SELECT max(number) AS accounts FROM account) AS known;
    INSERT INTO inbox (id, received_at, entry_id, occurred_at, key, content_hash, account, type, used_seconds, policy,
                       source, event_id)
    SELECT message_id, at, id, at, gen_random_uuid(), gen_random_uuid(), account, 'screph.usage.reported.v1', 60,
           'oldest_first', 'busy', message_id FROM busy;
    INSERT INTO entry (id, previous_id, message_id, effective_at, booked_at, usage_id, account, seconds, package, kind)
    SELECT id, 0, message_id, at, at, message_id, account, -60, 4 * account, 'burn' FROM busy;
    DROP TABLE busy
"""


def count_business(engine: Engine, database_url: str, *, say: Say) -> None:
    """Count all that a business has in its database, but for the last quarters; what is counted stays."""
    until = _until(database_url) - HELD_BACK * QUARTER
    if _once(database_url, "money", _MONEY):
        say("sums, by the product's own counting")
    count_until(engine, until)
    if _once(database_url, "days before", _DAYS_BEFORE):
        _execute(database_url, "VACUUM ANALYZE")


def count_newest_day(engine: Engine, database_url: str) -> None:
    """Count the newest day alone, but for its last quarters, and take the days before as counted."""
    until = _until(database_url) - HELD_BACK * QUARTER
    with transaction(engine) as session:
        lock_state(session, Context(engine).business_zone)
    rollups, by_month = [one.table for one in ROLLUPS], [one.by_month for one in ROLLUPS]
    values = {"since": until - timedelta(days=1), "rollups": rollups, "by_month": by_month}
    _execute(database_url, _NEWEST, values)
    count_until(engine, until)


def count_until(engine: Engine, until: datetime) -> float:
    """Let the job count up to the end of a quarter, and return how long its run took, in seconds."""
    began = time.perf_counter()
    count_statistics(Context(engine, clock=lambda: until + PATIENCE))
    return time.perf_counter() - began


def counted_until(database_url: str) -> datetime:
    """Return where the first quarter begins that is not counted yet."""
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT activity_until FROM statistics_state")
        [(until,)] = cursor.fetchall()
        return _in_utc(until)


def write_busy_quarter(database_url: str, since: datetime, *, usages: int) -> None:
    """Write more usages into a quarter that is not counted yet."""
    _execute(database_url, _BUSY, {"since": since, "usages": usages})


def _until(database_url: str) -> datetime:
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT until FROM bench.size")
        [(until,)] = cursor.fetchall()
        return _in_utc(until)


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _once(database_url: str, name: str, statements: str) -> bool:
    with closing(psycopg2.connect(database_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM bench.stage WHERE name = %s", (name,))
        if cursor.fetchone() is not None:
            return False
        cursor.execute(statements)
        cursor.execute("INSERT INTO bench.stage VALUES (%s)", (name,))
        return True


def _execute(database_url: str, statements: str, values: dict[str, object] | None = None) -> None:
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(statements, values)
