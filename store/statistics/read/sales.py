"""Sales: every stage of the money by name, in one currency. Definitions: domain/statistics/README.md, "Money"."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlmodel import Session

from domain.statistics.period import Days
from store.statistics.count import NOT_COUNTED
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class Sums:
    """Money of some orders, refunds and disputes, in minor units of one currency."""

    gross_minor: int = 0
    discount_minor: int = 0
    refunded_minor: int = 0
    lost_minor: int = 0
    fee_minor: int = 0
    orders: int = 0
    free_orders: int = 0
    refunds: int = 0
    disputes: int = 0

    @property
    def net_minor(self) -> int:
        """Sold, less what went back by refunds and by lost disputes; may be negative for a day."""
        return self.gross_minor - self.refunded_minor - self.lost_minor

    @property
    def payout_minor(self) -> int:
        """What is left of it after the gateways' fees, as far as those are known and in this currency."""
        return self.net_minor - self.fee_minor


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales of a period: each day, and the same money by kind of purchase, by product and by gateway."""

    total: Sums
    days: dict[date, Sums]
    by_kind: dict[str, Sums]
    by_product: dict[str, Sums]
    by_gateway: dict[str, Sums]
    payers: int


def read_currencies(session: Session) -> list[str]:
    """Return the currencies in which something is on offer or was ever sold, in order of their codes."""
    return list(session.execute(_CURRENCIES).scalars())


def read_sales(session: Session, days: Days, currency: str) -> Sales:
    """Return the sales of a period in one currency; days without any are there with zeros."""
    found = {row.day: _sums(row) for row in session.execute(_grouped("day", "day"), _parameters(days, currency))}
    return Sales(
        total=read_total(session, days, currency),
        days={day: found.get(day, Sums()) for day in days.each()},
        by_kind=_by(session, days, currency, "CAST(kind AS text)"),
        by_product=_by(session, days, currency, "(SELECT id FROM product WHERE number = day_money.product)"),
        by_gateway=_by(session, days, currency, "gateway"),
        payers=read_payers(session, days, currency),
    )


def read_total(session: Session, days: Days, currency: str) -> Sums:
    """Return the sums of a period."""
    return _by(session, days, currency, "CAST('all' AS text)").get("all", Sums())


def read_open_disputes(session: Session, currency: str) -> list[tuple[str, int, int]]:
    """Return disputes of a currency that are not decided, by gateway: how many, and their money; in no sum yet."""
    parameters = {"currency": currency, "not_counted": list(NOT_COUNTED)}
    found = session.execute(_OPEN_DISPUTES, parameters)
    return [(row.gateway, row.disputes, row.minor) for row in found]


def read_payers(session: Session, days: Days, currency: str) -> int:
    """Return how many accounts paid more than nothing; those of several periods or currencies do not add up."""
    return int(session.execute(_PAYERS, _parameters(days, currency)).scalar_one())


def _by(session: Session, days: Days, currency: str, key: str) -> dict[str, Sums]:
    found = session.execute(_grouped(key, "key"), _parameters(days, currency))
    return {row.key: _sums(row) for row in found}


def _parameters(days: Days, currency: str) -> dict[str, object]:
    return {**period(days), "currency": currency}


_NAMES = tuple(Sums.__dataclass_fields__)


def _grouped(key: str, name: str) -> TextClause:
    added = ", ".join(f"CAST(sum({one}) AS bigint) AS {one}" for one in _NAMES)
    return text(f"""
        SELECT {key} AS {name}, {added} FROM day_money
        WHERE day BETWEEN :first AND :last AND currency = :currency AND gateway <> ALL(:not_counted)
        GROUP BY 1 ORDER BY sum(gross_minor) DESC, 1
    """)


def _sums(row: Row[Any]) -> Sums:
    return Sums(**{name: int(getattr(row, name)) for name in _NAMES})


_CURRENCIES = text("""
    SELECT currency FROM price
    UNION SELECT currency FROM day_deferred WHERE day = (SELECT max(day) FROM day_deferred)
    ORDER BY currency
""")

_PAYERS = text("""
    SELECT coalesce(sum(accounts), 0) FROM day_payer
    WHERE currency = :currency AND day BETWEEN :first AND :last AND paid_before < :first
""")

_OPEN_DISPUTES = text("""
    SELECT dispute.gateway, CAST(count(*) AS integer) AS disputes, CAST(sum(dispute.amount_minor) AS bigint) AS minor
    FROM dispute JOIN orders ON orders.id = dispute.order_id JOIN account ON account.number = orders.account
    WHERE dispute.status = 'open' AND dispute.currency = :currency AND NOT account.is_test
      AND dispute.gateway <> ALL(:not_counted)
    GROUP BY 1 ORDER BY 3 DESC, 1
""")
