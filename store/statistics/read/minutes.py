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
    """
    Minutes of a period: each day, all of it, and what was left of each kind of package, and owed, when it was over.
    """

    total: MinutesDay
    days: dict[date, MinutesDay]
    left: dict[str, int]
    owed: int


@dataclass(frozen=True, slots=True)
class Breakage:
    """What has become of the minutes of a kind that could be used from a month on, as of last night, in seconds."""

    month: date
    kind: str
    granted_seconds: int
    voided_seconds: int
    expired_seconds: int
    open_seconds: int

    @property
    def rate(self) -> float | None:
        """Which part expired of what was not voided; None: some may still be used, so nobody knows, or nothing was."""
        kept = self.granted_seconds - self.voided_seconds
        return self.expired_seconds / kept if kept and not self.open_seconds else None


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
    owed = int(session.execute(_OWED, period(days)).scalar_one())
    return Minutes(_day(total), {day: _day(sums.get(day, {})) for day in days.each()}, left, owed)


def read_breakage(session: Session, days: Days) -> list[Breakage]:
    """Return the months of which a day lies in a period, by kind of package, the oldest first."""
    parameters = {"first": days.first.replace(day=1), "last": days.last}
    return [Breakage(**row) for row in session.execute(_BREAKAGE, parameters).mappings()]


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

_OWED = text("""
    SELECT coalesce(sum(seconds), 0) FROM day_minutes
    WHERE day <= :last AND package_kind = 'none' AND entry_kind IN ('debt', 'debt_settled', 'debt_cancelled')
""")

_BREAKAGE = text("""
    SELECT month, package_kind AS kind, granted_seconds, voided_seconds, expired_seconds, open_seconds
    FROM month_breakage WHERE month BETWEEN :first AND :last ORDER BY month, package_kind
""")
