"""Reading orders and what became of them: what commands, and later pages, show. Nothing here writes or locks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import UUID, cast, text
from sqlmodel import Session, col, select

from domain.gateway.payment import PaymentStatus
from domain.ids import message_key
from domain.minutes.package import Package
from domain.money import Money
from domain.payments.order import Order
from domain.payments.refund import Refund
from store.minutes.book import package_of
from store.payments.order import find_order
from store.payments.refund import find_refunds
from store.tables import OrderRow, PackageRow

MIN_BEGINNING = 8
"""An order may be named by so many of the first characters of its id, or more."""


class UnknownOrder(LookupError):
    """No order has this id, or several begin so."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order in a list."""

    id: str
    account_id: str
    product_id: str
    gateway: str
    price: Money
    status: PaymentStatus
    needs_review: bool
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute about an order; `closed_at` is none while it is open."""

    dispute_ref: str
    gateway: str
    status: str
    amount: Money
    reason: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order, the package that was granted for it, and what became of its money."""

    order: Order
    package: Package | None
    refunds: tuple[Refund, ...]
    disputes: tuple[DisputeLine, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What became of a message that asked for an order or a refund.

    `at` is when what it began was written, and `gateway` whose it is; a refused message began nothing and has the
    `answer` that it got.
    """

    type: str
    at: datetime | None
    gateway: str | None
    answer: dict[str, Any]


def list_orders(
    session: Session, *, account_id: str | None = None, status: PaymentStatus | None = None, limit: int = 50
) -> list[OrderLine]:
    """Return orders, the newest first; without an account and a status, any."""
    rows = session.execute(
        text("""
            SELECT id, account_id, product_id, gateway, price_minor, currency, status, needs_review, created_at,
                   paid_at
            FROM orders
            WHERE (CAST(:account_id AS text) IS NULL OR account_id = :account_id)
              AND (CAST(:status AS text) IS NULL OR status = :status)
            ORDER BY created_at DESC, id LIMIT :limit
        """),
        {"account_id": account_id, "status": status and str(status), "limit": limit},
    )
    return [
        OrderLine(
            id=row.id,
            account_id=row.account_id,
            product_id=row.product_id,
            gateway=row.gateway,
            price=Money(row.price_minor, row.currency),
            status=PaymentStatus(row.status),
            needs_review=row.needs_review,
            created_at=row.created_at,
            paid_at=row.paid_at,
        )
        for row in rows
    ]


def named_order(session: Session, named: str) -> Order:
    """
    Return the order that a person names, by its id or by the beginning of it.

    Raises:
        UnknownOrder: there is none, or there are several.
    """
    order = find_order(session, named)
    if order is not None:
        return order
    if len(named) < MIN_BEGINNING:
        raise UnknownOrder(f"there is no order {named}; give its id, or {MIN_BEGINNING} characters of its beginning")
    rows = session.execute(
        text("SELECT id FROM orders WHERE starts_with(id, :named) ORDER BY id LIMIT 2"), {"named": named}
    ).all()
    if len(rows) > 1:
        raise UnknownOrder(f"the ids of several orders begin with {named}; give more of it")
    found = find_order(session, rows[0][0]) if rows else None
    if found is None:
        raise UnknownOrder(f"there is no order {named}")
    return found


def order_page(session: Session, named: str) -> OrderPage:
    """
    Return an order with its package, its refunds and its disputes, the oldest first.

    Raises:
        UnknownOrder: as `named_order`.
    """
    order = named_order(session, named)
    package = session.exec(
        select(PackageRow)
        .join(OrderRow, col(PackageRow.id) == cast(OrderRow.package_id, UUID(as_uuid=False)))
        .where(OrderRow.id == order.id)
    ).one_or_none()
    return OrderPage(
        order=order,
        package=None if package is None else package_of(package, order.account_id),
        refunds=tuple(find_refunds(session, order.id)),
        disputes=tuple(_disputes(session, order.id)),
    )


def asked_before(session: Session, source: str, event_id: str) -> Asked | None:
    """Return what became of a message that asks for an order or a refund; None: it is new."""
    row = session.execute(
        text("""
            SELECT inbox.type, coalesce(orders.created_at, refund.created_at) AS at,
                   coalesce(orders.gateway, refund.gateway) AS gateway, inbox.answer
            FROM inbox
            LEFT JOIN orders ON orders.id = inbox.answer ->> 'order_id' AND orders.message_id = inbox.id
            LEFT JOIN refund ON refund.id = inbox.answer ->> 'refund_id'
            WHERE inbox.key = CAST(:key AS uuid)
            ORDER BY inbox.id LIMIT 1
        """),
        {"key": message_key(source, event_id).hex()},
    ).one_or_none()
    return None if row is None else Asked(row.type, row.at, row.gateway, row.answer or {})


def _disputes(session: Session, order_id: str) -> list[DisputeLine]:
    rows = session.execute(
        text("""
            SELECT dispute_ref, gateway, status, amount_minor, currency, reason, opened_at, closed_at FROM dispute
            WHERE order_id = :id ORDER BY opened_at, id
        """),
        {"id": order_id},
    )
    return [
        DisputeLine(
            dispute_ref=row.dispute_ref,
            gateway=row.gateway,
            status=row.status,
            amount=Money(row.amount_minor, row.currency),
            reason=row.reason,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
        )
        for row in rows
    ]
