"""Liability: paid and not used yet, and what was earned between two days. domain/statistics/README.md, "Deferred"."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class DeferredDay:
    """The end of a day: deferred money and its seconds, and all that was ever sold less what went back."""

    day: date
    deferred_minor: int
    net_minor: int
    seconds: int

    @property
    def earned_minor(self) -> int:
        """What was ever earned: the rest of what was sold."""
        return self.net_minor - self.deferred_minor


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


_DAYS = text("""
    SELECT day, CAST(sum(deferred_minor) AS bigint) AS deferred_minor, CAST(sum(net_minor) AS bigint) AS net_minor,
           CAST(sum(seconds) AS bigint) AS seconds
    FROM day_deferred WHERE day BETWEEN CAST(:first AS date) - 1 AND :last AND currency = :currency
    GROUP BY day ORDER BY day
""")

_OFFERS = text("""
    SELECT CAST(kind AS text) AS kind, (SELECT id FROM product WHERE number = day_deferred.product) AS product_id,
           deferred_minor, seconds
    FROM day_deferred WHERE day = :day AND currency = :currency AND (deferred_minor <> 0 OR seconds <> 0)
    ORDER BY deferred_minor DESC, 1, 2
""")
