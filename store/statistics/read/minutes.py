"""Minutes: granted, used, expired, voided, owed. Definitions: domain/statistics/README.md, "Minutes"."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from domain.minutes.package import PackageKind
from domain.statistics.period import Days
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class MinutesDay:
    """
    What happened to seconds on some days, by the moment of booking; every figure is >= 0 but those of movements.

    `used` are seconds that packages paid for, less what came back by reversals; `settled` were used earlier, owed, and
    paid by a purchase; `debt` is how much more is owed than before.
    """

    granted: dict[str, int]
    used: int = 0
    settled: int = 0
    expired: int = 0
    voided: int = 0
    debt: int = 0
    forgiven: int = 0

    @property
    def sold(self) -> int:
        """Seconds that were granted for money."""
        return sum(self.granted.get(kind, 0) for kind in (PackageKind.PURCHASED, PackageKind.SUBSCRIPTION))

    @property
    def given(self) -> int:
        """Seconds that were granted as a present."""
        return sum(self.granted.values()) - self.sold


@dataclass(frozen=True, slots=True)
class Minutes:
    """Minutes of a period: each day, all of it, and what was left of each kind of package when it was over."""

    total: MinutesDay
    days: dict[date, MinutesDay]
    left: dict[str, int]


def read_minutes(session: Session, days: Days) -> Minutes:
    """Return the minutes of a period; days without any are there with zeros."""
    sums: dict[date, dict[tuple[str, str], int]] = {}
    for row in session.execute(_BY_DAY, period(days)):
        sums.setdefault(row.day, {})[row.package_kind, row.entry_kind] = int(row.seconds)
    total: dict[tuple[str, str], int] = {}
    for one in sums.values():
        for key, seconds in one.items():
            total[key] = total.get(key, 0) + seconds
    left = {row.package_kind: int(row.seconds) for row in session.execute(_LEFT, period(days))}
    return Minutes(_day(total), {day: _day(sums.get(day, {})) for day in days.each()}, left)


def _day(sums: dict[tuple[str, str], int]) -> MinutesDay:
    def of(*kinds: str) -> int:
        return sum(seconds for (_, kind), seconds in sums.items() if kind in kinds)

    return MinutesDay(
        granted={package: seconds for (package, kind), seconds in sorted(sums.items()) if kind == "grant"},
        used=-of("burn", "give_back"),
        settled=-of("settle"),
        expired=-of("expire"),
        voided=-of("void"),
        debt=of("debt", "debt_settled", "debt_cancelled"),
        forgiven=of("forgiven"),
    )


_BY_DAY = text("""
    SELECT day, package_kind, CAST(entry_kind AS text) AS entry_kind, seconds FROM day_minutes
    WHERE day BETWEEN :first AND :last
""")

_LEFT = text("""
    SELECT package_kind, CAST(sum(seconds) AS bigint) AS seconds FROM day_minutes
    WHERE day <= :last AND package_kind <> 'none' GROUP BY 1 ORDER BY 1
""")
