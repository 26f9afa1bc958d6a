"""Adding to the sums: each line of the ledger, each usage and each change of money once."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from store.tables.statistics import COUNTS, MONEY

MONEY_AT_ONCE = 20_000
"""Changes that one transaction counts."""

_BUCKET = "date_bin('15 minutes', {moment}, TIMESTAMPTZ '2000-01-01 00:00:00+00')"


def count_money(session: Session, *, late_before: datetime, today: date) -> int:
    """
    Count changes of money, the oldest first; call it with the state locked.

    Args:
        session: a transaction.
        late_before: aware UTC; what happened before is a change of a day that was over.
        today: the day on which such a change is made.

    Returns:
        How many were counted; as many as MONEY_AT_ONCE: there may be more.
    """
    parameters = {"limit": MONEY_AT_ONCE, "late_before": late_before, "today": today}
    return int(session.execute(_COUNT_MONEY, parameters).scalar_one())


def count_first_payments(session: Session, zone: str) -> None:
    """Note on which day accounts paid for the first time; before `count_money`, which takes the changes away."""
    session.execute(_FIRST_PAID, {"zone": zone, "limit": MONEY_AT_ONCE})


def count_minutes(session: Session, since: datetime, until: datetime) -> int:
    """Count the lines of the ledger that were booked in a period of whole quarters; return how many sums came of it."""
    return rows_of(session.execute(_COUNT_MINUTES, {"since": since, "until": until}))


def count_activity(
    session: Session, since: datetime, until: datetime, zone: str, *, late_before: datetime, today: date
) -> date | None:
    """
    Count the usages that were booked, and take out those that were reversed, in a period of whole quarters.

    Args:
        session: a transaction.
        since: aware UTC.
        until: aware UTC, without it.
        zone: whose days count.
        late_before: as for `count_money`.
        today: as for `count_money`.

    Returns:
        The first day that has changed; None: none has.
    """
    parameters = {"since": since, "until": until, "zone": zone, "late_before": late_before, "today": today}
    first: date | None = session.execute(_COUNT_ACTIVITY, parameters).scalar_one()
    return first


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
_KEY = "bucket, currency, gateway, product, kind, is_test"

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
    ), late AS (
        INSERT INTO late_change (bucket, what, currency, changed_on, amount)
        SELECT changed.bucket, said.what, changed.currency, :today, sum(said.amount)
        FROM changed CROSS JOIN LATERAL (
            VALUES ('gross', gross_minor), ('refunds', refunded_minor), ('lost', lost_minor), ('fees', fee_minor)
        ) AS said (what, amount)
        WHERE changed.bucket < :late_before AND said.amount <> 0 AND NOT changed.is_test
        GROUP BY 1, 2, 3
        ON CONFLICT (bucket, what, currency, changed_on) DO UPDATE SET amount = late_change.amount + EXCLUDED.amount
    )
    SELECT count(*) FROM taken
""")

_FIRST_PAID = text("""
    INSERT INTO account_first (account, paid_day)
    SELECT account, min(CAST(happened_at AT TIME ZONE :zone AS date))
    FROM (SELECT account, happened_at, orders FROM money_change ORDER BY id LIMIT :limit) AS first
    WHERE orders > 0 GROUP BY account
    ON CONFLICT (account) DO UPDATE SET paid_day = EXCLUDED.paid_day
    WHERE account_first.paid_day IS NULL OR EXCLUDED.paid_day < account_first.paid_day
""")

_COUNT_MINUTES = text(f"""
    INSERT INTO bucket_minutes (bucket, package_kind, entry_kind, is_test, seconds, lines)
    SELECT {_BUCKET.format(moment="entry.booked_at")}, coalesce(CAST(package.kind AS text), 'none'), entry.kind,
           account.is_test, sum(entry.seconds), count(*)
    FROM entry
    JOIN account ON account.number = entry.account
    LEFT JOIN package ON package.number = entry.package AND package.account = entry.account
    WHERE entry.booked_at >= :since AND entry.booked_at < :until
    GROUP BY 1, 2, 3, 4
""")

_COUNT_ACTIVITY = text(f"""
    WITH line AS (
        SELECT DISTINCT account, usage_id, message_id FROM entry
        WHERE booked_at >= :since AND booked_at < :until AND usage_id IS NOT NULL
    ), change AS (
        SELECT inbox.account, inbox.occurred_at, inbox.used_seconds AS seconds, 1 AS usages
        FROM line JOIN inbox ON inbox.id = line.usage_id AND inbox.account = line.account
        WHERE line.usage_id = line.message_id
        UNION ALL
        SELECT inbox.account, inbox.occurred_at, -inbox.used_seconds, -1
        FROM line JOIN inbox ON inbox.id = line.usage_id AND inbox.account = line.account
        WHERE line.usage_id <> line.message_id AND inbox.reversed_by = line.message_id
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
        SELECT {_BUCKET.format(moment="change.occurred_at")}, 'used_seconds', '', :today, sum(change.seconds)
        FROM change JOIN account ON account.number = change.account
        WHERE change.occurred_at < :late_before AND NOT account.is_test
        GROUP BY 1 HAVING sum(change.seconds) <> 0
        ON CONFLICT (bucket, what, currency, changed_on) DO UPDATE SET amount = late_change.amount + EXCLUDED.amount
    )
    SELECT min(day) FROM changed
""")
