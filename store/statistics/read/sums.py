"""What pages of figures share: how far everything is counted, marks of late changes, and days as SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from domain.statistics.period import Days
from store.count import Count, count_up_to
from store.statistics.count import NOT_COUNTED
from store.statistics.deferred import DEFERRED
from store.statistics.promotions import PROMOTIONS
from store.statistics.recurring import SUBSCRIPTIONS
from store.statistics.rollup import ATTEMPTS, LINKS, RETENTION
from store.tables import MoneyChangeRow

DAY = "CAST(bucket AT TIME ZONE :zone AS date)"
"""The day of a quarter of an hour."""

TAKEN_FOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "retention": (RETENTION.table,),
        "subscriptions": (SUBSCRIPTIONS,),
        "gateways": (ATTEMPTS.table, LINKS.table),
        "promotions": (PROMOTIONS,),
        "liability": (DEFERRED,),
    }
)
"""Pages of sums that are taken day by day -> which ones; what others show is counted all the time."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """
    How far everything is counted, aware UTC; None: nothing is yet. `money_waiting` are changes that are not counted.
    """

    zone: str
    minutes_until: datetime | None
    activity_until: datetime | None
    counted_at: datetime | None
    money_waiting: Count


@dataclass(frozen=True, slots=True)
class LateChange:
    """By how much a day that was over has changed, and on which day; `currency` is empty for seconds."""

    day: date
    changed_on: date
    what: str
    currency: str
    amount: int


def freshness(session: Session) -> Freshness:
    """Return how far everything is counted."""
    waiting = count_up_to(session, select(MoneyChangeRow.id))
    row = session.execute(_STATE).one_or_none()
    if row is None:
        return Freshness("UTC", None, None, None, waiting)
    return Freshness(row.zone, row.minutes_until, row.activity_until, row.counted_at, waiting)


def taken_at(session: Session, sheet: str) -> datetime | None:
    """Return when something was taken last for a page of sums that are taken day by day; None: nothing was yet."""
    at: datetime | None = session.execute(_TAKEN_AT, {"what": list(TAKEN_FOR[sheet])}).scalar_one()
    return at


def late_changes(session: Session, days: Days, *, currency: str = "", limit: int = 100) -> list[LateChange]:
    """Return how days were changed after they were over, the newest first; of money in a currency, else of use."""
    found = session.execute(_LATE, {**period(days), "currency": currency, "limit": limit}).mappings()
    return [LateChange(**row) for row in found]


def period(days: Days) -> dict[str, Any]:
    """Return the parameters of a query about some days."""
    return {
        "since": days.starts_at,
        "until": days.ends_at,
        "zone": days.zone,
        "first": days.first,
        "last": days.last,
        "not_counted": list(NOT_COUNTED),
    }


_STATE = text("SELECT zone, minutes_until, activity_until, counted_at FROM statistics_state")

_TAKEN_AT = text("SELECT max(taken_at) FROM day_taken WHERE what = ANY(:what)")

_LATE = text(f"""
    SELECT {DAY} AS day, changed_on, what, currency, CAST(sum(amount) AS bigint) AS amount
    FROM late_change WHERE bucket >= :since AND bucket < :until AND currency = :currency
    GROUP BY 1, 2, 3, 4 HAVING sum(amount) <> 0 ORDER BY changed_on DESC, day DESC, what LIMIT :limit
""")
