"""Counting a period again from what is there, and what was different."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from store.statistics.count import IS_USE
from store.statistics.rollup import Rollup, parameters_of
from store.tables.statistics import COUNTS, MONEY


@dataclass(frozen=True, slots=True)
class Difference:
    """A sum that was wrong: of what, what it should have been and what it was; None: it was not there."""

    what: str
    key: str
    was: dict[str, int] | None
    is_now: dict[str, int] | None


@dataclass(frozen=True, slots=True)
class _Sums:
    """A table of sums: its key, its amounts, the query that counts them anew, and which of its rows are meant."""

    table: str
    key: str
    amounts: tuple[str, ...]
    source: str
    where: str = "bucket >= :since AND bucket < :until"


def recount_minutes(session: Session, since: datetime, until: datetime) -> list[Difference]:
    """Count the lines of the ledger of some quarters again; what differs is replaced. The state must be locked."""
    return _recount(session, _MINUTES, {"since": since, "until": until})


def recount_money(session: Session, since: datetime, until: datetime) -> list[Difference]:
    """Count the money of some quarters again; changes that wait to be counted stay as they are."""
    return _recount(session, _MONEY, {"since": since, "until": until})


def recount_days(session: Session, days: Days) -> list[Difference]:
    """Add up the sums of quarters again to those of days; what differs is replaced. The state must be locked."""
    parameters = {
        "since": days.starts_at,
        "until": days.ends_at,
        "first": days.first,
        "last": days.last,
        "zone": days.zone,
    }
    return [one for sums in (_MONEY_DAYS, _MINUTES_DAYS) for one in _recount(session, sums, parameters)]


def recount_rollup(session: Session, rollup: Rollup, day: date, zone: str) -> list[Difference]:
    """Make the rows of one final day of a rollup again; what differs is replaced. The state must be locked."""
    of_day = "month" if rollup.by_month else "day"
    sums = _Sums(
        rollup.table, ", ".join((of_day, *rollup.key)), rollup.amounts, rollup.source, where=f"{of_day} = :day"
    )
    return _recount(session, sums, parameters_of(rollup, day, zone))


def recount_activity(session: Session, days: Days, *, counted_until: datetime) -> list[Difference]:
    """Count again what accounts used on some days, as far as activity is counted; the state must be locked."""
    parameters = {
        "since": days.starts_at,
        "until": days.ends_at,
        "first": days.first,
        "last": days.last,
        "zone": days.zone,
        "counted_until": counted_until,
    }
    return _recount(session, _ACTIVITY, parameters)


def _recount(session: Session, sums: _Sums, parameters: Mapping[str, Any]) -> list[Difference]:
    session.execute(text("SET LOCAL statement_timeout = 0"))
    rows = [dict(row) for row in session.execute(text(_differences(sums)), parameters).mappings()]
    _replace(session, sums.table, [name.strip() for name in sums.key.split(",")], rows)
    return [Difference(sums.table, row["key"], row["was"], row["is_now"]) for row in rows]


def _differences(sums: _Sums) -> str:
    """
    Return the query of the sums that differ from what is counted anew.

    One statement sees one moment: a payment that commits meanwhile is in its source and in `money_change`, or in none.
    """
    # A row of zeros says as much as none.
    was, counted = (", ".join(f"coalesce({one}.{name}, 0)" for name in sums.amounts) for one in ("was", "counted"))
    named_was, named_now = (
        "jsonb_build_object(" + ", ".join(f"'{name}', {one}.{name}" for name in sums.amounts) + ")"
        for one in ("was", "counted")
    )
    return f"""
        WITH counted AS ({sums.source}), was AS (SELECT * FROM {sums.table} WHERE {sums.where})
        SELECT concat_ws(' ', {sums.key}) AS key, to_jsonb(counted) AS row,
               CASE WHEN was IS NULL THEN NULL ELSE {named_was} END AS was,
               CASE WHEN counted IS NULL THEN NULL ELSE {named_now} END AS is_now, to_jsonb(was) AS old_row
        FROM counted FULL JOIN was USING ({sums.key})
        WHERE ({was}) IS DISTINCT FROM ({counted})
    """


def _replace(session: Session, table: str, key: Iterable[str], rows: Iterable[dict[str, Any]]) -> None:
    same = " AND ".join(f"{table}.{name} = known.{name}" for name in key)
    for row in rows:
        if row["old_row"] is not None:
            session.execute(
                text(f"""
                    DELETE FROM {table} USING jsonb_populate_record(NULL::{table}, CAST(:row AS jsonb)) AS known
                    WHERE {same}
                """),
                {"row": _as_json(row["old_row"])},
            )
        if row["row"] is not None:
            session.execute(
                text(f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, CAST(:row AS jsonb))"),
                {"row": _as_json(row["row"])},
            )


def _as_json(row: Any) -> str:
    return orjson.dumps(row).decode()


_BUCKET = "date_bin('15 minutes', {moment}, TIMESTAMPTZ '2000-01-01 00:00:00+00')"

# An account that was marked as a test meanwhile moves with all it ever did.
_MINUTES_COUNTED = f"""
    SELECT {_BUCKET.format(moment="entry.booked_at")} AS bucket,
           coalesce(CAST(package.kind AS text), 'none') AS package_kind, entry.kind AS entry_kind, account.is_test,
           CAST(sum(entry.seconds) AS bigint) AS seconds, count(*) AS lines
    FROM entry
    JOIN account ON account.number = entry.account
    LEFT JOIN package ON package.number = entry.package AND package.account = entry.account
    WHERE entry.booked_at >= :since AND entry.booked_at < :until
    GROUP BY 1, 2, 3, 4
"""

_SUMS = ", ".join(f"CAST(sum({name}) AS bigint) AS {name}" for name in (*MONEY, *COUNTS))
_ANY = " OR ".join(f"sum({name}) <> 0" for name in (*MONEY, *COUNTS))

_MONEY_COUNTED = f"""
    SELECT {_BUCKET.format(moment="happened_at")} AS bucket, moved.currency, moved.gateway, moved.product, moved.kind,
           account.is_test, {_SUMS}
    FROM (
        SELECT paid_at AS happened_at, account, product, kind, gateway, currency, price_minor AS gross_minor,
               discount_minor, 0 AS fee_minor, 0 AS refunded_minor, 0 AS lost_minor,
               CAST(price_minor > 0 AS integer) AS orders, CAST(price_minor = 0 AS integer) AS free_orders,
               0 AS refunds, 0 AS disputes
        FROM orders WHERE status = 'paid' AND paid_at >= :since AND paid_at < :until
        UNION ALL
        SELECT paid_at, account, product, kind, gateway, fee_currency, 0, 0, fee_minor, 0, 0, 0, 0, 0, 0
        FROM orders WHERE status = 'paid' AND fee_minor <> 0 AND paid_at >= :since AND paid_at < :until
        UNION ALL
        SELECT succeeded_at, orders.account, orders.product, orders.kind, refund.gateway, refund.currency, 0, 0, 0,
               amount_minor, 0, 0, 0, 1, 0
        FROM refund JOIN orders ON orders.id = refund.order_id
        WHERE refund.status = 'succeeded' AND succeeded_at >= :since AND succeeded_at < :until
        UNION ALL
        SELECT closed_at, orders.account, orders.product, orders.kind, dispute.gateway, dispute.currency, 0, 0, 0, 0,
               amount_minor, 0, 0, 0, 1
        FROM dispute JOIN orders ON orders.id = dispute.order_id
        WHERE dispute.status = 'lost' AND closed_at >= :since AND closed_at < :until
        UNION ALL
        SELECT happened_at, account, product, kind, gateway, currency, -gross_minor, -discount_minor, -fee_minor,
               -refunded_minor, -lost_minor, -orders, -free_orders, -refunds, -disputes
        FROM money_change WHERE happened_at >= :since AND happened_at < :until
    ) AS moved JOIN account ON account.number = moved.account
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING {_ANY}
"""

_ACTIVITY_COUNTED = f"""
    SELECT CAST(inbox.occurred_at AT TIME ZONE :zone AS date) AS day, inbox.account,
           CAST(sum(inbox.used_seconds) AS bigint) AS seconds, CAST(count(*) AS integer) AS usages
    FROM (
        SELECT entry.usage_id, entry.account FROM entry
        WHERE entry.booked_at >= CAST(:since AS timestamptz) - interval '1 day' AND entry.booked_at < :counted_until
          AND entry.usage_id = entry.message_id
        GROUP BY 1, 2
    ) AS booked
    JOIN inbox ON inbox.id = booked.usage_id AND inbox.account = booked.account
    WHERE inbox.occurred_at >= :since AND inbox.occurred_at < :until AND {IS_USE.format(inbox="inbox")}
      AND NOT EXISTS (
          SELECT FROM entry AS back
          WHERE back.usage_id = inbox.id AND back.account = inbox.account AND back.usage_id <> back.message_id
            AND back.message_id = inbox.reversed_by AND back.booked_at < :counted_until
      )
    GROUP BY 1, 2
"""

_DAY_OF_BUCKET = "CAST(bucket AT TIME ZONE :zone AS date) AS day"
_OF_DAYS = "day BETWEEN :first AND :last"

_MONEY_BY_DAY = f"""
    SELECT {_DAY_OF_BUCKET}, currency, gateway, product, kind,
           {_SUMS}
    FROM bucket_money WHERE bucket >= :since AND bucket < :until AND NOT is_test GROUP BY 1, 2, 3, 4, 5
"""

_MINUTES_BY_DAY = f"""
    SELECT {_DAY_OF_BUCKET}, package_kind, entry_kind, CAST(sum(seconds) AS bigint) AS seconds,
           CAST(sum(lines) AS bigint) AS lines
    FROM bucket_minutes WHERE bucket >= :since AND bucket < :until AND NOT is_test GROUP BY 1, 2, 3
"""

_MONEY_DAYS = _Sums("day_money", "day, currency, gateway, product, kind", (*MONEY, *COUNTS), _MONEY_BY_DAY, _OF_DAYS)
_MINUTES_DAYS = _Sums("day_minutes", "day, package_kind, entry_kind", ("seconds", "lines"), _MINUTES_BY_DAY, _OF_DAYS)
_MINUTES = _Sums("bucket_minutes", "bucket, package_kind, entry_kind, is_test", ("seconds", "lines"), _MINUTES_COUNTED)
_MONEY = _Sums("bucket_money", "bucket, currency, gateway, product, kind, is_test", (*MONEY, *COUNTS), _MONEY_COUNTED)
_ACTIVITY = _Sums("account_day", "day, account", ("seconds", "usages"), _ACTIVITY_COUNTED, where=_OF_DAYS)
