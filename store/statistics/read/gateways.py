"""Gateways: what came of attempts, and of links to where one pays. README.md, "Gateways"."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts to get money, by what came of them."""

    paid: int = 0
    declined: int = 0
    capture_refused: int = 0
    checkout_refused: int = 0

    @property
    def count(self) -> int:
        """All of them."""
        return self.paid + self.declined + self.capture_refused + self.checkout_refused

    @property
    def authorisation(self) -> float | None:
        """Which part of the tries to pay was paid; None: nobody tried. A checkout that did not open is no try."""
        tried = self.paid + self.declined + self.capture_refused
        return self.paid / tried if tried else None


@dataclass(frozen=True, slots=True)
class Links:
    """Orders that are paid on a page of the gateway, by how far they came; store/tables/days.py says it exactly."""

    orders: int = 0
    links: int = 0
    opened: int = 0
    paid_soon: int = 0
    paid: int = 0
    failed: int = 0
    expired: int = 0
    used: int = 0
    wishes: int = 0
    wishes_paid: int = 0

    @property
    def conversion(self) -> float | None:
        """Which part of the links was paid within 24 hours; None: there were none."""
        return self.paid_soon / self.links if self.links else None

    @property
    def completion(self) -> float | None:
        """Which part of the links was ever paid."""
        return self.paid / self.links if self.links else None

    @property
    def expiry(self) -> float | None:
        """Which part of the links nobody paid in time."""
        return self.expired / self.links if self.links else None

    @property
    def wish_conversion(self) -> float | None:
        """The conversion where the tries of one buyer for one product within an hour are one."""
        return self.wishes_paid / self.wishes if self.wishes else None


@dataclass(frozen=True, slots=True)
class Declined:
    """Attempts that brought no money for one reason; `retry` is its class, `code` the gateway's own word."""

    gateway: str
    outcome: str
    retry: str
    code: str
    attempts: int


def read_attempts(session: Session, days: Days) -> dict[date, Attempts]:
    """Return what came of attempts on each day; days without any are left out."""
    found = session.execute(_ATTEMPTS_BY_DAY, period(days)).mappings()
    return {row.pop("key"): Attempts(**row) for row in map(dict, found)}


def read_attempts_by_gateway(session: Session, days: Days) -> dict[str, Attempts]:
    """Return what came of attempts through each gateway, the busiest first."""
    found = session.execute(_ATTEMPTS_BY_GATEWAY, period(days)).mappings()
    return {row.pop("key"): Attempts(**row) for row in map(dict, found)}


def read_declined(session: Session, days: Days, *, limit: int = 50) -> list[Declined]:
    """Return why attempts brought no money, the most frequent reason first."""
    found = session.execute(_DECLINED, {**period(days), "limit": limit}).mappings()
    return [Declined(**row) for row in found]


def read_links(session: Session, days: Days) -> dict[date, Links]:
    """Return what became of the links of each day so far; days without any are left out."""
    found = session.execute(_LINKS_BY_DAY, period(days)).mappings()
    return {row.pop("key"): Links(**row) for row in map(dict, found)}


def read_links_by_gateway(session: Session, days: Days) -> dict[str, Links]:
    """Return what became of the links of each gateway."""
    found = session.execute(_LINKS_BY_GATEWAY, period(days)).mappings()
    return {row.pop("key"): Links(**row) for row in map(dict, found)}


def links_known_until(session: Session, zone: str) -> date | None:
    """Return the last day all of whose links had 24 hours when they were counted; None: there is none."""
    known: date | None = session.execute(_KNOWN, {"zone": zone}).scalar_one()
    return known


def add_attempts(found: list[Attempts]) -> Attempts:
    """Return the sum of some attempts."""
    return Attempts(*(sum(getattr(one, name) for one in found) for name in Attempts.__dataclass_fields__))


def add_links(found: list[Links]) -> Links:
    """Return the sum of some links."""
    return Links(*(sum(getattr(one, name) for one in found) for name in Links.__dataclass_fields__))


def _attempts_by(key: str) -> str:
    sums = ", ".join(
        f"CAST(coalesce(sum(attempts) FILTER (WHERE outcome = '{name}'), 0) AS integer) AS {name}"
        for name in Attempts.__dataclass_fields__
    )
    return f"""
        SELECT {key} AS key, {sums} FROM day_attempt WHERE day BETWEEN :first AND :last
        GROUP BY 1 ORDER BY sum(attempts) DESC, 1
    """


def _links_by(key: str) -> str:
    sums = ", ".join(f"CAST(sum({name}) AS integer) AS {name}" for name in Links.__dataclass_fields__)
    return f"SELECT {key} AS key, {sums} FROM day_link WHERE day BETWEEN :first AND :last GROUP BY 1 ORDER BY 1"


_ATTEMPTS_BY_DAY = text(_attempts_by("day"))
_ATTEMPTS_BY_GATEWAY = text(_attempts_by("gateway"))
_LINKS_BY_DAY = text(_links_by("day"))
_LINKS_BY_GATEWAY = text(_links_by("gateway"))

_DECLINED = text("""
    SELECT gateway, CAST(outcome AS text) AS outcome, retry, code, CAST(sum(attempts) AS integer) AS attempts
    FROM day_attempt WHERE day BETWEEN :first AND :last AND outcome <> 'paid'
    GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT :limit
""")

_KNOWN = text("""
    SELECT max(day) FROM day_taken
    WHERE what = 'day_link' AND taken_at >= (CAST(day AS timestamp) + interval '2 days') AT TIME ZONE :zone
""")
