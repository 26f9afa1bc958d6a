"""Read models of the admin pages about money: the day so far, refunds, disputes, sums of days, what needs review."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select, text
from sqlmodel import Session

from domain.gateway.dispute import DisputeStatus
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from domain.payments.refund import OPEN_REFUND_STATUSES, RefundOrigin, RefundStatus
from store.dead_letters import count_waiting
from store.payments import review
from store.payments.review import Resolution, ReviewItem
from store.records import columns_of, record_of, table_of
from store.tables import AccountRow, DisputeRow, GatewaySumRow, OrderRow, RefundRow

# One step of an index for each gateway, however many orders it has.
_GATEWAYS = text("""
    WITH RECURSIVE found AS (
        (SELECT gateway FROM orders ORDER BY gateway LIMIT 1)
        UNION ALL
        SELECT (SELECT gateway FROM orders WHERE gateway > found.gateway ORDER BY gateway LIMIT 1)
        FROM found WHERE found.gateway IS NOT NULL
    )
    SELECT gateway FROM found WHERE gateway IS NOT NULL
""")

MOST = 200
"""Lists of what is open are short, or something is very wrong; so many lines are shown."""

_ACCOUNTS = table_of(AccountRow)
_ORDERS = table_of(OrderRow)
_REFUNDS = table_of(RefundRow)
_DISPUTES = table_of(DisputeRow)
_SUMS = table_of(GatewaySumRow)


@dataclass(frozen=True, slots=True)
class Sales:
    """What was sold and given back since a moment, in one currency."""

    sold: Money
    orders: int
    given_back: Money


@dataclass(frozen=True, slots=True)
class OpenRefund:
    """A refund that is under way, or that failed lately."""

    id: str
    order_id: str
    gateway: str
    origin: RefundOrigin
    status: RefundStatus
    amount: Money
    requested_by: str
    needs_review: bool
    created_at: datetime
    failure: str | None


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A dispute that is not decided."""

    dispute_ref: str
    order_id: str
    gateway: str
    status: DisputeStatus
    amount: Money
    reason: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class DaySum:
    """What one day came to, ours beside the gateway's, in minor units."""

    day: date
    gateway: str
    currency: str
    ours_captured_minor: int
    theirs_captured_minor: int
    ours_refunded_minor: int
    theirs_refunded_minor: int
    compared_at: datetime

    @property
    def differs(self) -> bool:
        """Tell whether they are not the same."""
        ours = (self.ours_captured_minor, self.ours_refunded_minor)
        return ours != (self.theirs_captured_minor, self.theirs_refunded_minor)


def gateways_of_orders(session: Session) -> list[str]:
    """Return the gateways that any order is of, by name."""
    return [str(name) for name in session.execute(_GATEWAYS).scalars()]


def sales_since(session: Session, since: datetime) -> list[Sales]:
    """Return what was sold and given back since a moment, by currency; accounts for tests and free orders are none."""
    # The indexes by the moment begin with the gateway.
    gateways = gateways_of_orders(session)
    of_orders = (
        _ORDERS.c.gateway.in_(gateways),
        _ORDERS.c.status == PaymentStatus.PAID,
        _ORDERS.c.paid_at >= since,
        _ORDERS.c.price_minor > 0,
        _is_counted(_ORDERS.c.account),
    )
    paid = select(_ORDERS.c.currency, func.sum(_ORDERS.c.price_minor).label("minor"), func.count().label("orders"))
    sold = {row.currency: row for row in session.execute(paid.where(*of_orders).group_by(_ORDERS.c.currency))}
    of_refunds = (
        _REFUNDS.c.gateway.in_(gateways),
        _REFUNDS.c.status == RefundStatus.SUCCEEDED,
        _REFUNDS.c.succeeded_at >= since,
        _REFUNDS.c.order_id == _ORDERS.c.id,
        _is_counted(_ORDERS.c.account),
    )
    returned = select(_REFUNDS.c.currency, func.sum(_REFUNDS.c.amount_minor).label("minor"))
    back = {row.currency: row for row in session.execute(returned.where(*of_refunds).group_by(_REFUNDS.c.currency))}
    return [
        Sales(
            Money(int(sold[currency].minor) if currency in sold else 0, currency),
            sold[currency].orders if currency in sold else 0,
            Money(int(back[currency].minor) if currency in back else 0, currency),
        )
        for currency in sorted(sold.keys() | back.keys())
    ]


def _is_counted(account: ColumnElement[int]) -> ColumnElement[bool]:
    return ~select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.number == account, _ACCOUNTS.c.is_test).exists()


def open_refunds(session: Session) -> list[OpenRefund]:
    """Return refunds that have not ended or need review, the oldest first."""
    is_open = _REFUNDS.c.status.in_(sorted(OPEN_REFUND_STATUSES))
    wanted = (
        select(*columns_of(OpenRefund, _REFUNDS))
        .where(is_open | _REFUNDS.c.needs_review)
        .order_by(_REFUNDS.c.created_at)
        .limit(MOST)
    )
    return [record_of(OpenRefund, _REFUNDS, row) for row in session.execute(wanted)]


def open_disputes(session: Session) -> list[OpenDispute]:
    """Return disputes that are not decided, the oldest first, for each has a deadline."""
    wanted = (
        select(*columns_of(OpenDispute, _DISPUTES))
        .where(_DISPUTES.c.closed_at.is_(None))
        .order_by(_DISPUTES.c.opened_at)
        .limit(MOST)
    )
    return [record_of(OpenDispute, _DISPUTES, row) for row in session.execute(wanted)]


def day_sums(session: Session, *, limit: int = 60) -> list[DaySum]:
    """Return the sums of the last days, the newest first."""
    newest = (_SUMS.c.day.desc(), _SUMS.c.gateway, _SUMS.c.currency)
    wanted = select(*columns_of(DaySum, _SUMS)).order_by(*newest).limit(limit)
    return [record_of(DaySum, _SUMS, row) for row in session.execute(wanted)]


def review_items(session: Session, *, now: datetime) -> list[ReviewItem]:
    """Return everything that a person should review, the oldest first."""
    return review.review_items(session, now=now)


def find_resolutions(session: Session, item_id: str) -> list[Resolution]:
    """Return what was decided about an item so far, the oldest first."""
    return review.find_resolutions(session, item_id)


def waiting_letters(session: Session) -> str:
    """Return how many dead letters wait for a person, in digits, or about how many."""
    return str(count_waiting(session))
