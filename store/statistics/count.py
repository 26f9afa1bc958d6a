"""Adding to the sums: each line of the ledger, each usage and each change of money once."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from store.tables.statistics import COUNTS, MONEY

MONEY_AT_ONCE = 20_000
"""Changes that one transaction counts."""

NOT_COUNTED = ("sandbox", "none")
"""Gateways whose orders bring no money."""

_BUCKET = "date_bin('15 minutes', {moment}, TIMESTAMPTZ '2000-01-01 00:00:00+00')"


# The first comparison is cheap, and true of few.
_LATE = (
    "{happened} < {heard} - interval '1 hour'"
    " AND CAST({happened} AT TIME ZONE :zone AS date) < CAST(({heard} - interval '1 hour') AT TIME ZONE :zone AS date)"
)


def count_money(session: Session, zone: str, *, now: datetime) -> int:
    """
    Count changes of money, the oldest first; call it with the state locked.

    What was heard of more than an hour after its day was over leaves a mark in that day.

    Args:
        session: a transaction.
        zone: whose days count.
        now: aware UTC, for changes of which nobody has noted when they were heard of.

    Returns:
        How many were counted; as many as MONEY_AT_ONCE: there may be more.
    """
    parameters = {"limit": MONEY_AT_ONCE, "zone": zone, "now": now}
    return int(session.execute(_COUNT_MONEY, parameters).scalar_one())


def count_first_payments(session: Session, zone: str) -> None:
    """Note on which day accounts paid for the first time; before `count_money`, which takes the changes away."""
    session.execute(_FIRST_PAID, {"zone": zone, "limit": MONEY_AT_ONCE, "not_counted": list(NOT_COUNTED)})


def count_first_payments_again(session: Session, zone: str) -> None:
    """Note anew on which day accounts paid for the first time, for days are those of another zone now."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("UPDATE account_first SET paid_day = NULL WHERE paid_day IS NOT NULL"))
    session.execute(_FIRST_PAID_AGAIN, {"zone": zone, "not_counted": list(NOT_COUNTED)})


def count_minutes(session: Session, since: datetime, until: datetime, zone: str) -> None:
    """Count the lines of the ledger that were booked in a period of whole quarters; `zone`: whose days count."""
    session.execute(_COUNT_MINUTES, {"since": since, "until": until, "zone": zone})


def count_activity(session: Session, since: datetime, until: datetime, zone: str) -> date | None:
    """
    Count the usages that were booked, and take out those that were reversed, in a period of whole quarters.

    Args:
        session: a transaction.
        since: aware UTC.
        until: aware UTC, without it.
        zone: whose days count; what came late leaves a mark as money does.

    Returns:
        The first day that has changed; None: none has.
    """
    # A quarter may have many usages: they are joined by hashing, in memory, not one by one.
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    session.execute(text("SET LOCAL enable_nestloop = off"))
    parameters = {"since": since, "until": until, "zone": zone}
    changed = session.execute(_COUNT_ACTIVITY, parameters).one()
    if changed.took_back:
        # Whose first usage never was has used for the first time later, or not yet.
        session.execute(_FIRST_USED_AGAIN, {"accounts": changed.took_back, "last": until.date() + timedelta(days=1)})
    first: date | None = changed.first_day
    return first


def count_days_again(session: Session, zone: str) -> None:
    """Make the sums of days anew from those of quarters, for days are those of another zone now."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    for table in ("day_money", "day_minutes"):
        session.execute(text(f"DELETE FROM {table}"))
    session.execute(_MONEY_DAYS, {"zone": zone})
    session.execute(_MINUTES_DAYS, {"zone": zone})


def forget_activity(session: Session) -> None:
    """Forget what was counted by days: the zone has another one now."""
    for table in ("account_day", "day_activity"):
        session.execute(text(f"DELETE FROM {table}"))
    session.execute(text("UPDATE account_first SET used_day = NULL"))


def rows_of(result: Any) -> int:
    """Return how many rows a statement has written."""
    return int(result.rowcount)


_AMOUNTS = (*MONEY, *COUNTS)
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in _AMOUNTS)
_ADDED = ", ".join(f"{name} = bucket_money.{name} + EXCLUDED.{name}" for name in _AMOUNTS)
_DAY_KEY = "currency, gateway, product, kind"
_KEY = f"bucket, {_DAY_KEY}, is_test"

# Amounts that cancel each other leave a row of zeros, which says as much as none.
_COUNT_MONEY = text(f"""
    WITH taken AS (
        DELETE FROM money_change WHERE id IN (SELECT id FROM money_change ORDER BY id LIMIT :limit) RETURNING *
    ), changed AS (
        SELECT {_BUCKET.format(moment="happened_at")} AS bucket, currency, gateway, product, kind, is_test, {_SUMS}
        FROM taken GROUP BY 1, 2, 3, 4, 5, 6
    ), added AS (
        INSERT INTO bucket_money ({_KEY}, {", ".join(_AMOUNTS)})
        SELECT {_KEY}, {", ".join(_AMOUNTS)} FROM changed
        ON CONFLICT ({_KEY}) DO UPDATE SET {_ADDED}
    ), by_day AS (
        INSERT INTO day_money (day, {_DAY_KEY}, {", ".join(_AMOUNTS)})
        SELECT CAST(bucket AT TIME ZONE :zone AS date) AS day, {_DAY_KEY}, {_SUMS}
        FROM changed WHERE NOT is_test GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (day, {_DAY_KEY}) DO UPDATE SET {_ADDED.replace("bucket_money.", "day_money.")}
    ), late AS (
        INSERT INTO late_change (bucket, what, currency, changed_on, amount)
        SELECT {_BUCKET.format(moment="happened_at")}, said.what, currency,
               CAST(coalesce(recorded_at, :now) AT TIME ZONE :zone AS date), sum(said.amount)
        FROM taken CROSS JOIN LATERAL (
            VALUES ('gross', gross_minor), ('refunds', refunded_minor), ('lost', lost_minor), ('fees', fee_minor)
        ) AS said (what, amount)
        WHERE {_LATE.format(happened="happened_at", heard="coalesce(recorded_at, :now)")} AND NOT is_test
        GROUP BY 1, 2, 3, 4 HAVING sum(said.amount) <> 0
        ON CONFLICT (bucket, what, currency, changed_on) DO UPDATE SET amount = late_change.amount + EXCLUDED.amount
    )
    SELECT count(*) FROM taken
""")

_FIRST_PAID = text("""
    INSERT INTO account_first (account, paid_day)
    SELECT account, min(CAST(happened_at AT TIME ZONE :zone AS date))
    FROM (SELECT account, happened_at, orders, gateway FROM money_change ORDER BY id LIMIT :limit) AS first
    WHERE orders > 0 AND gateway <> ALL(:not_counted) GROUP BY account
    ON CONFLICT (account) DO UPDATE SET paid_day = EXCLUDED.paid_day
    WHERE account_first.paid_day IS NULL OR EXCLUDED.paid_day < account_first.paid_day
""")

_FIRST_PAID_AGAIN = text("""
    INSERT INTO account_first (account, paid_day)
    SELECT account, CAST(min(paid_at) AT TIME ZONE :zone AS date) FROM orders
    WHERE status = 'paid' AND price_minor > 0 AND gateway <> ALL(:not_counted) GROUP BY account
    ON CONFLICT (account) DO UPDATE SET paid_day = EXCLUDED.paid_day
""")

_COUNT_MINUTES = text(f"""
    WITH counted AS MATERIALIZED (
        SELECT {_BUCKET.format(moment="entry.booked_at")} AS bucket,
               coalesce(CAST(package.kind AS text), 'none') AS package_kind, entry.kind AS entry_kind,
               account.is_test, sum(entry.seconds) AS seconds, count(*) AS lines
        FROM entry
        JOIN account ON account.number = entry.account
        LEFT JOIN package ON package.number = entry.package AND package.account = entry.account
        WHERE entry.booked_at >= :since AND entry.booked_at < :until
        GROUP BY 1, 2, 3, 4
    ), by_quarter AS (
        INSERT INTO bucket_minutes (bucket, package_kind, entry_kind, is_test, seconds, lines)
        SELECT bucket, package_kind, entry_kind, is_test, seconds, lines FROM counted
    )
    INSERT INTO day_minutes (day, package_kind, entry_kind, seconds, lines)
    SELECT CAST(bucket AT TIME ZONE :zone AS date) AS day, package_kind, entry_kind, sum(seconds), sum(lines)
    FROM counted WHERE NOT is_test GROUP BY 1, 2, 3
    ON CONFLICT (day, package_kind, entry_kind)
    DO UPDATE SET seconds = day_minutes.seconds + EXCLUDED.seconds, lines = day_minutes.lines + EXCLUDED.lines
""")

_MONEY_DAYS = text(f"""
    INSERT INTO day_money (day, {_DAY_KEY}, {", ".join(_AMOUNTS)})
    SELECT CAST(bucket AT TIME ZONE :zone AS date), {_DAY_KEY}, {_SUMS}
    FROM bucket_money WHERE NOT is_test GROUP BY 1, 2, 3, 4, 5
""")

_MINUTES_DAYS = text("""
    INSERT INTO day_minutes (day, package_kind, entry_kind, seconds, lines)
    SELECT CAST(bucket AT TIME ZONE :zone AS date), package_kind, entry_kind, sum(seconds), sum(lines)
    FROM bucket_minutes WHERE NOT is_test GROUP BY 1, 2, 3
""")

IS_USE = "{inbox}.type <> 'screph.dispute.applied.v1'"
"""A lost dispute is booked as a usage, so that its debt can be paid and taken back; nobody has used anything then."""

_COUNT_ACTIVITY = text(f"""
    WITH line AS MATERIALIZED (
        SELECT account, usage_id, message_id, min(booked_at) AS booked_at FROM entry
        WHERE booked_at >= :since AND booked_at < :until AND usage_id IS NOT NULL
        GROUP BY 1, 2, 3
    ), span AS (
        SELECT min(usage_id) AS first, max(usage_id) AS last FROM line WHERE usage_id = message_id
    ), change AS MATERIALIZED (
        SELECT inbox.account, inbox.occurred_at, line.booked_at, 1 AS usages, inbox.used_seconds AS seconds
        FROM line JOIN inbox ON inbox.id = line.usage_id AND inbox.account = line.account
        WHERE line.usage_id = line.message_id
          AND inbox.id >= (SELECT first FROM span) AND inbox.id <= (SELECT last FROM span)
          AND {IS_USE.format(inbox="inbox")}
        UNION ALL
        SELECT line.account, back.occurred_at, line.booked_at, -1, -back.used_seconds
        FROM line CROSS JOIN LATERAL (
            SELECT occurred_at, used_seconds FROM inbox
            WHERE inbox.id = line.usage_id AND inbox.account = line.account AND inbox.reversed_by = line.message_id
              AND {IS_USE.format(inbox="inbox")}
            OFFSET 0
        ) AS back
        WHERE line.usage_id <> line.message_id
    ), changed AS (
        SELECT CAST(occurred_at AT TIME ZONE :zone AS date) AS day, account, sum(seconds) AS seconds,
               sum(usages) AS usages
        FROM change GROUP BY 1, 2
    ), added AS (
        INSERT INTO account_day (day, account, seconds, usages) SELECT day, account, seconds, usages FROM changed
        ON CONFLICT (day, account) DO UPDATE
        SET seconds = account_day.seconds + EXCLUDED.seconds, usages = account_day.usages + EXCLUDED.usages
    ), first AS (
        INSERT INTO account_first (account, used_day) SELECT account, min(day) FROM changed WHERE usages > 0 GROUP BY 1
        ON CONFLICT (account) DO UPDATE SET used_day = EXCLUDED.used_day
        WHERE account_first.used_day IS NULL OR EXCLUDED.used_day < account_first.used_day
    ), late AS (
        INSERT INTO late_change (bucket, what, currency, changed_on, amount)
        SELECT {_BUCKET.format(moment="change.occurred_at")}, 'used_seconds', '',
               CAST(change.booked_at AT TIME ZONE :zone AS date), sum(change.seconds)
        FROM change
        WHERE {_LATE.format(happened="change.occurred_at", heard="change.booked_at")}
          AND NOT (SELECT is_test FROM account WHERE number = change.account)
        GROUP BY 1, 4 HAVING sum(change.seconds) <> 0
        ON CONFLICT (bucket, what, currency, changed_on) DO UPDATE SET amount = late_change.amount + EXCLUDED.amount
    )
    SELECT min(day) AS first_day,
           coalesce(array_agg(DISTINCT account) FILTER (WHERE usages < 0), '{{}}') AS took_back
    FROM changed
""")

# Day by day, for the key begins with the day; of what is older than the kept days it is not known who used.
_FIRST_USED_AGAIN = text("""
    UPDATE account_first SET used_day = (
        SELECT account_day.day
        FROM generate_series(account_first.used_day, CAST(:last AS date), interval '1 day') AS later (day)
        JOIN account_day ON account_day.day = CAST(later.day AS date) AND account_day.account = account_first.account
        WHERE account_day.usages > 0 ORDER BY account_day.day LIMIT 1
    )
    WHERE account = ANY(:accounts) AND used_day >= (SELECT min(day) FROM account_day)
      AND NOT EXISTS (
          SELECT FROM account_day
          WHERE account_day.day = used_day AND account_day.account = account_first.account AND usages > 0
      )
""")
