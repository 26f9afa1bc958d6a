"""Reading orders and what became of them: what commands, and later pages, show. Nothing here writes or locks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Table, select
from sqlmodel import Session

from domain.gateway.decline import Retry
from domain.gateway.dispute import DisputeStatus
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from domain.payments.attempt import AttemptOutcome
from domain.payments.order import PurchaseKind
from domain.payments.refund import RefundOrigin, RefundStatus
from domain.periods import PeriodUnit
from store.newest_first import WantedPage, page_of
from store.records import columns_of, record_of, table_of
from store.tables import DisputeRow, OrderRow, PackageRow, PaymentAttemptRow, PromoCodeRow, RefundRow

L = TypeVar("L")

MIN_BEGINNING = 8
"""An order may be named by so many of the first characters of its id, or more."""

_ORDERS = table_of(OrderRow)
_ATTEMPTS = table_of(PaymentAttemptRow)
_REFUNDS = table_of(RefundRow)
_DISPUTES = table_of(DisputeRow)
_PACKAGES = table_of(PackageRow)
_CODES = table_of(PromoCodeRow)
_CODE_TEXT = select(_CODES.c.text)


class UnknownOrder(LookupError):
    """No order has this id, or several begin so."""


@dataclass(frozen=True, slots=True)
class OrderName:
    """An order that a person named, and what is needed to ask for something about it."""

    id: str
    account_id: str
    price: Money


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
class OrderList:
    """A page of orders, the newest first; `next_cursor` leads to the next page, where there is one."""

    lines: tuple[OrderLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """An order on its page."""

    id: str
    account_id: str
    product_id: str
    title: str
    gateway: str
    kind: PurchaseKind
    price: Money
    list_price: Money
    fee: Money | None
    granted_seconds: int
    valid_days: int | None
    status: PaymentStatus
    needs_review: bool
    failure: str | None
    saves_method: bool
    return_url: str
    cancel_url: str
    locale: str | None
    country: str | None
    checkout_ref: str | None
    payment_ref: str | None
    redirect_url: str | None
    checkout_expires_at: datetime | None
    created_at: datetime
    link_ready_at: datetime | None
    opened_at: datetime | None
    failed_at: datetime | None
    expired_at: datetime | None
    paid_at: datetime | None
    subscription_id: str | None
    period: PeriodUnit | None
    period_start: datetime | None
    period_end: datetime | None
    method_id: int | None
    replaces_order_id: str | None
    replaces_seconds: int
    bonus_seconds: int
    bonus_valid_days: int | None


@dataclass(frozen=True, slots=True)
class PackageDetails:
    """A package that an order granted."""

    id: str
    kind: str
    priority: int
    state: str
    activated_at: datetime
    expires_at: datetime | None
    granted_seconds: int
    left_seconds: int
    consumed_seconds: int
    frozen_seconds: int
    expired_seconds: int
    voided_seconds: int


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """An attempt to get the money of an order, and the gateway that was asked for it."""

    number: int
    at: datetime
    gateway: str | None
    outcome: AttemptOutcome
    retry: Retry | None
    code: str | None


@dataclass(frozen=True, slots=True)
class RefundLine:
    """A refund of an order."""

    id: str
    refund_ref: str | None
    origin: RefundOrigin
    status: RefundStatus
    amount: Money
    void_seconds: int
    is_waived: bool
    is_full: bool
    reason: str
    requested_by: str
    failure: str | None
    needs_review: bool
    created_at: datetime
    succeeded_at: datetime | None
    bonus_void_seconds: int


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute about an order; `closed_at` is none while it is open."""

    dispute_ref: str
    gateway: str
    status: DisputeStatus
    amount: Money
    reason: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order, the codes that its buyer used, the packages that it granted, and what became of its money in time."""

    order: OrderDetails
    discount_code: str | None
    bonus_code: str | None
    package: PackageDetails | None
    bonus: PackageDetails | None
    attempts: tuple[AttemptLine, ...]
    refunds: tuple[RefundLine, ...]
    disputes: tuple[DisputeLine, ...]


def list_orders(
    session: Session,
    *,
    account_id: str | None = None,
    status: PaymentStatus | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> OrderList:
    """
    Return a page of orders, the newest first.

    Args:
        session: any.
        account_id: only of this account.
        status: only in this state.
        limit: so many at most, > 0.
        cursor: of the page before; the first page without.

    Raises:
        WrongCursor: no page of orders has given it.
    """
    wanted = WantedPage(account_id, status, limit, cursor)
    return OrderList(*page_of(session, OrderLine, _ORDERS, wanted))


def name_order(session: Session, named: str) -> OrderName:
    """
    Return the order that a person names, by its id or by the beginning of it.

    Raises:
        UnknownOrder: there is none, or there are several.
    """
    query = select(*columns_of(OrderName, _ORDERS))
    row = session.execute(query.where(_ORDERS.c.id == named)).one_or_none()
    if row is not None:
        return record_of(OrderName, _ORDERS, row)
    if len(named) < MIN_BEGINNING:
        raise UnknownOrder(f"there is no order {named}; give its id, or {MIN_BEGINNING} characters of its beginning")
    rows = session.execute(query.where(begins_with(named)).order_by(_ORDERS.c.id).limit(2)).all()
    if len(rows) > 1:
        raise UnknownOrder(f"the ids of several orders begin with {named}; give more of it")
    if not rows:
        raise UnknownOrder(f"there is no order {named}")
    return record_of(OrderName, _ORDERS, rows[0])


def begins_with(named: str) -> ColumnElement[bool]:
    """Return the condition that an order's id begins so, in the one form that the index `orders_beginning` serves."""
    escaped = named.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _ORDERS.c.id.like(f"{escaped}%")


def order_page(session: Session, named: str) -> OrderPage:
    """
    Return an order with its package, its attempts, its refunds and its disputes.

    Raises:
        UnknownOrder: as `name_order`.
    """
    order_id = name_order(session, named).id
    numbers = (_ORDERS.c.package, _ORDERS.c.bonus_package, _ORDERS.c.discount_code, _ORDERS.c.bonus_code)
    order = session.execute(select(*columns_of(OrderDetails, _ORDERS), *numbers).where(_ORDERS.c.id == order_id)).one()
    return OrderPage(
        order=record_of(OrderDetails, _ORDERS, order),
        discount_code=session.scalar(_CODE_TEXT.where(_CODES.c.number == order.discount_code)),
        bonus_code=session.scalar(_CODE_TEXT.where(_CODES.c.number == order.bonus_code)),
        package=_package(session, order.package),
        bonus=_package(session, order.bonus_package),
        attempts=_lines(session, AttemptLine, _ATTEMPTS, order_id, _ATTEMPTS.c.number),
        refunds=_lines(session, RefundLine, _REFUNDS, order_id, _REFUNDS.c.created_at, _REFUNDS.c.id),
        disputes=_lines(session, DisputeLine, _DISPUTES, order_id, _DISPUTES.c.opened_at, _DISPUTES.c.id),
    )


def _package(session: Session, number: int | None) -> PackageDetails | None:
    query = select(*columns_of(PackageDetails, _PACKAGES)).where(_PACKAGES.c.number == number)
    row = session.execute(query).one_or_none()
    return None if row is None else record_of(PackageDetails, _PACKAGES, row)


def _lines(session: Session, line: type[L], table: Table, order_id: str, *sequence: Column[Any]) -> tuple[L, ...]:
    query = select(*columns_of(line, table)).where(table.c.order_id == order_id).order_by(*sequence)
    return tuple(record_of(line, table, row) for row in session.execute(query))
