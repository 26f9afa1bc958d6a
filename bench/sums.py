"""The sums of a business, made by the product's own counting, a month at a time; and how long one quarter takes."""

import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import psycopg2

from bench.business import Say
from domain.statistics.bucket import QUARTER
from domain.statistics.period import day_of
from store.engine import Engine
from store.statistics.count import MONEY_AT_ONCE, count_activity, count_first_payments, count_minutes, count_money
from store.statistics.rollup import ROLLUPS
from store.statistics.snapshot import close_day, save_deferred
from store.statistics.state import State, lock_state, save_state
from store.transaction import transaction
from workers.statistics.nights import take_next

ZONE = "UTC"

STRETCH = timedelta(days=30)

HELD_BACK = 8
"""So many quarters of an hour are not counted, so that counting one of them can be timed."""

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
    with transaction(engine) as session:
        state = lock_state(session, ZONE)
    since = state.minutes_until or until - timedelta(days=365)
    while since < until:
        say(f"sums up to {since:%Y-%m-%d}")
        end = min(until, since + STRETCH)
        count_stretch(engine, since, end)
        since = end
    if _once(database_url, "money", _MONEY):
        say("money")
    while _count_money(engine) == MONEY_AT_ONCE:
        pass
    say("days")
    _close_days(engine, until)
    _take_rollups(engine, until, say)
    with transaction(engine) as session:
        save_deferred(session, day_of(until, ZONE) - timedelta(days=1), at=until)
    _once(database_url, "deferred", _DAYS_BEFORE)
    _execute(database_url, "VACUUM ANALYZE bucket_minutes, bucket_money, account_day, account_first, money_change")


def count_stretch(engine: Engine, since: datetime, until: datetime) -> float:
    """Count some quarters of an hour, and return how long it took, in seconds; the product's steps, in its order."""
    began = time.perf_counter()
    for count, field in ((_minutes, "minutes_until"), (_activity, "activity_until")):
        with transaction(engine) as session:
            state = lock_state(session, ZONE)
            changed = count(session, since, until)
            values = {name: getattr(state, name) for name in State.__dataclass_fields__}
            earliest = min((day for day in (state.changed_from, changed) if day), default=None)
            save_state(session, State(**values | {field: until, "counted_at": until, "changed_from": earliest}))
    return time.perf_counter() - began


def held_back(engine: Engine) -> datetime:
    """Return where the first quarter begins that is not counted yet."""
    with transaction(engine) as session:
        until = lock_state(session, ZONE).minutes_until
    assert until is not None
    return until


def write_busy_quarter(database_url: str, since: datetime, *, usages: int) -> None:
    """Write more usages into a quarter that is not counted yet."""
    _execute(database_url, _BUSY, {"since": since, "usages": usages})


def _minutes(session: object, since: datetime, until: datetime) -> date | None:
    count_minutes(session, since, until, ZONE)  # type: ignore[arg-type]
    return None


def _activity(session: object, since: datetime, until: datetime) -> date | None:
    return count_activity(session, since, until, ZONE)  # type: ignore[arg-type]


def _count_money(engine: Engine) -> int:
    with transaction(engine) as session:
        lock_state(session, ZONE)
        count_first_payments(session, ZONE)
        return count_money(session, ZONE, now=datetime.now(UTC))


def _close_days(engine: Engine, until: datetime) -> None:
    with transaction(engine) as session:
        state = lock_state(session, ZONE)
    day, over = state.changed_from, day_of(until, ZONE)
    while day is not None and day < over:
        with transaction(engine) as session:
            state = lock_state(session, ZONE)
            close_day(session, day, at=until)
            day += timedelta(days=1)
            values = {name: getattr(state, name) for name in State.__dataclass_fields__}
            save_state(session, State(**values | {"changed_from": day}))


def _take_rollups(engine: Engine, until: datetime, say: Say) -> None:
    for rollup in ROLLUPS:
        say(rollup.table)
        has_more = True
        while has_more:
            with transaction(engine) as session:
                state = lock_state(session, ZONE)
                has_more = take_next(session, state, rollup, now=until, counted_until=until)


def _until(database_url: str) -> datetime:
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT until FROM bench.size")
        row = cursor.fetchone()
        assert row is not None
        until: datetime = row[0]
        return until.astimezone(UTC)


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
