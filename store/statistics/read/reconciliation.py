"""The four-way reconciliation: gateways' money, orders, the ledger and Screph's own log, day by day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days, midnight
from domain.statistics.repair import repair_of_captured, repair_of_refunded
from store.payments.review import review_items
from store.payments.review_days import SCREPH

GATEWAY_DAYS = 7
"""For so long after a day its money is compared with the gateway's again."""


class Side(StrEnum):
    """Which two of the four are compared."""

    CAPTURED = "captured"
    REFUNDED = "refunded"
    GRANTS = "grants"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    Two sums of one day that should be equal; money in minor units of `currency`, all else in seconds.

    `ours` is what is kept here nearer to the customer: orders, grants, booked usage. `differing` are the orders or
    accounts that differ, of `counted`; 0 of money. `is_open`: they differ and nobody has accepted it. `repair_by` is
    until when a repair still counts for the day itself, where there is such a moment.
    """

    side: Side
    day: date
    gateway: str
    currency: str
    ours: int
    theirs: int
    differing: int
    counted: int
    compared_at: datetime
    item_id: str
    is_open: bool = False
    repair_by: datetime | None = None

    @property
    def is_equal(self) -> bool:
        """Tell whether nothing differs: sums may be equal where accounts are not."""
        return self.ours == self.theirs and self.differing == 0

    @property
    def repair(self) -> str:
        """What is to be done about the money; "" where nothing is, and of seconds, which are repaired one by one."""
        match self.side:
            case Side.CAPTURED:
                return repair_of_captured(self.ours, self.theirs)
            case Side.REFUNDED:
                return repair_of_refunded(self.ours, self.theirs)
            case Side.GRANTS | Side.USAGE:
                return ""


def read_comparisons(session: Session, days: Days, *, now: datetime, late_window: timedelta) -> list[Comparison]:
    """
    Return what was compared of some days: what is open first, by how soon it has to be repaired; then the newest days.

    Args:
        session: a reading one.
        days: money and grants count by the UTC days of these dates, usage by the zone's.
        now: aware UTC.
        late_window: for how long usage may come late.
    """
    open_items = {item.id for item in review_items(session, now=now)}
    found = [
        _judged(Comparison(**row), open_items, days.zone, late_window)
        for row in session.execute(_COMPARISONS, {"first": days.first, "last": days.last, "screph": SCREPH}).mappings()
    ]
    latest = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(
        found,
        key=lambda one: (
            not one.is_open,
            (one.repair_by or latest) if one.is_open else latest,
            -one.day.toordinal(),
            list(Side).index(one.side),
            one.gateway,
            one.currency,
        ),
    )


def open_days(session: Session) -> list[date]:
    """Return the days on which anything differs, accepted or not, the oldest first."""
    return list(session.execute(_DIFFERING_DAYS).scalars())


def _judged(one: Comparison, open_items: set[str], zone: str, late_window: timedelta) -> Comparison:
    values = {name: getattr(one, name) for name in Comparison.__dataclass_fields__}
    side, is_open = Side(one.side), not one.is_equal and one.item_id in open_items
    repair_by = None
    if is_open and side in (Side.CAPTURED, Side.REFUNDED):
        repair_by = midnight(one.day + timedelta(days=GATEWAY_DAYS + 1), "UTC")
    if is_open and side is Side.USAGE:
        repair_by = midnight(one.day + timedelta(days=1), zone) + late_window
    return Comparison(**values | {"side": side, "is_open": is_open, "repair_by": repair_by})


_COMPARISONS = text("""
    SELECT 'captured' AS side, CAST(day AT TIME ZONE 'UTC' AS date) AS day, gateway, currency,
           ours_captured_minor AS ours, theirs_captured_minor AS theirs, 0 AS differing, 0 AS counted, compared_at,
           'totals:' || gateway || ':' || currency || ' ' || to_char(day AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS item_id
    FROM gateway_sum
    WHERE day >= CAST(:first AS timestamp) AT TIME ZONE 'UTC' AND day <= CAST(:last AS timestamp) AT TIME ZONE 'UTC'
    UNION ALL
    SELECT 'refunded', CAST(day AT TIME ZONE 'UTC' AS date), gateway, currency, ours_refunded_minor,
           theirs_refunded_minor, 0, 0, compared_at,
           'totals:' || gateway || ':' || currency || ' ' || to_char(day AT TIME ZONE 'UTC', 'YYYY-MM-DD')
    FROM gateway_sum
    WHERE day >= CAST(:first AS timestamp) AT TIME ZONE 'UTC' AND day <= CAST(:last AS timestamp) AT TIME ZONE 'UTC'
    UNION ALL
    SELECT 'grants', day, gateway, '', granted_seconds, promised_seconds, differing, orders, compared_at,
           'grants:' || gateway || ':' || day
    FROM grant_sum WHERE day BETWEEN :first AND :last
    UNION ALL
    SELECT 'usage', day, :screph, '', booked_seconds, reported_seconds, differing, accounts, compared_at,
           'usage:' || :screph || ':' || day
    FROM usage_sum WHERE day BETWEEN :first AND :last AND (accounts > 0 OR differing > 0)
""")

_DIFFERING_DAYS = text("""
    SELECT CAST(day AT TIME ZONE 'UTC' AS date) AS day FROM gateway_sum
    WHERE ours_captured_minor <> theirs_captured_minor OR ours_refunded_minor <> theirs_refunded_minor
    UNION SELECT day FROM grant_sum WHERE differing > 0
    UNION SELECT day FROM usage_sum WHERE differing > 0
    ORDER BY day
""")
