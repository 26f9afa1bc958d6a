"""Liability: paid and not used yet, and what was earned between two days. domain/statistics/README.md, "Deferred"."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class DeferredDay:
    """
    The end of a day: deferred money and its seconds, and all that was ever sold less what went back.

    Of what was earned, `expired_minor` was never used, and `waived_minor` went back although it was.
    """

    day: date
    deferred_minor: int
    net_minor: int
    seconds: int
    expired_minor: int = 0
    waived_minor: int = 0

    @property
    def earned_minor(self) -> int:
        """What was ever earned: the rest of what was sold."""
        return self.net_minor - self.deferred_minor

    def earned_since(self, before: "DeferredDay") -> "Earned":
        """Return what was earned since the end of an earlier day; differences of sums lose no kopeck."""
        earned = self.earned_minor - before.earned_minor
        by_breakage = self.expired_minor - before.expired_minor
        by_waiving = before.waived_minor - self.waived_minor
        return Earned(earned, earned - by_breakage - by_waiving, by_breakage, by_waiving)


@dataclass(frozen=True, slots=True)
class Earned:
    """What was earned between two days, and of that by use, by minutes that expired, and by money that was waived."""

    minor: int
    by_use_minor: int
    by_breakage_minor: int
    by_waiving_minor: int


@dataclass(frozen=True, slots=True)
class DeferredOffer:
    """What is deferred of one product, sold in one way, at the end of the last day that is known."""

    kind: str
    product_id: str
    deferred_minor: int
    seconds: int


def read_deferred(session: Session, days: Days, currency: str) -> list[DeferredDay]:
    """
    Return the days of a period of which it is known, and the day before them, the oldest first.

    Days on which nobody looked are left out: they cannot be had later.
    """
    found = session.execute(_DAYS, {**period(days), "currency": currency}).mappings()
    return [DeferredDay(**row) for row in found]


def read_offers(session: Session, day: date, currency: str) -> list[DeferredOffer]:
    """Return what was deferred at the end of a day by product and kind of purchase, the most first."""
    found = session.execute(_OFFERS, {"day": day, "currency": currency}).mappings()
    return [DeferredOffer(**row) for row in found]


# A night that was not missed says nothing where nothing was sold.
_DAYS = text("""
    SELECT day_taken.day, CAST(coalesce(sum(deferred_minor), 0) AS bigint) AS deferred_minor,
           CAST(coalesce(sum(net_minor), 0) AS bigint) AS net_minor,
           CAST(coalesce(sum(seconds), 0) AS bigint) AS seconds,
           CAST(coalesce(sum(expired_minor), 0) AS bigint) AS expired_minor,
           CAST(coalesce(sum(waived_minor), 0) AS bigint) AS waived_minor
    FROM day_taken LEFT JOIN day_deferred ON day_deferred.day = day_taken.day AND currency = :currency
    WHERE what = 'deferred' AND day_taken.day BETWEEN CAST(:first AS date) - 1 AND :last
    GROUP BY day_taken.day ORDER BY day_taken.day
""")

_OFFERS = text("""
    SELECT CAST(kind AS text) AS kind, (SELECT id FROM product WHERE number = day_deferred.product) AS product_id,
           deferred_minor, seconds
    FROM day_deferred WHERE day = :day AND currency = :currency AND (deferred_minor <> 0 OR seconds <> 0)
    ORDER BY deferred_minor DESC, 1, 2
""")
