"""Orders in the store: written before the gateway is called, and again when it has answered."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Exists, Select, Text, any_, bindparam, false, func, or_, select, update
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.payments.order import OPEN_STATUSES, Order
from domain.payments.refund import RefundStatus
from store.numbers import id_of, number_of
from store.records import (
    changes_of,
    columns_of,
    insert_many_of,
    insert_of,
    many_values_of,
    record_of,
    table_of,
    update_many_of,
    update_of,
    values_of,
)
from store.tables import MethodChangeRow, OrderRow, RefundRow

_ORDERS = table_of(OrderRow)
_REFUNDS = table_of(RefundRow)
_CHANGES = table_of(MethodChangeRow)


class OrderKey(NamedTuple):
    """An order and the account whose lock comes before the order's."""

    id: str
    account_id: str


class LockedOrder(NamedTuple):
    """An order in the open book of its account, and whether the account has bought before, as `has_bought` says it."""

    order: Order
    has_bought_before: bool


def add_order(session: Session, order: Order) -> None:
    """Write a new order: the intent."""
    session.execute(insert_of(Order, _ORDERS), values_of(order, _ORDERS))


def save_order(session: Session, order: Order, *, before: Order) -> None:
    """Write what has changed of an order; `before` was read under its lock in this transaction."""
    save_orders(session, [(order, before)])


def add_orders(session: Session, orders: Sequence[Order]) -> None:
    """Write new orders, all by one statement."""
    if orders:
        session.execute(insert_many_of(Order, _ORDERS), many_values_of(orders, _ORDERS))


def save_orders(session: Session, changed: Iterable[tuple[Order, Order]]) -> None:
    """Write what has changed of orders, each with what was read under its lock; one statement for those alike."""
    for names, orders in changes_of(changed).items():
        if len(orders) == 1:
            # As fast as may be: a buyer waits for it.
            changes = values_of(orders[0], _ORDERS, names) | {"of_id": orders[0].id}
            session.execute(update_of(Order, _ORDERS, names), changes)
            continue
        session.execute(update_many_of(Order, _ORDERS, names), many_values_of(orders, _ORDERS, names))


def find_order(session: Session, order_id: str) -> Order | None:
    """Return an order."""
    row = session.execute(_FIND, {"of_id": order_id}).one_or_none()
    return None if row is None else record_of(Order, _ORDERS, row)


def find_orders(session: Session, order_ids: Collection[str]) -> dict[str, Order]:
    """Return those of the orders that there are, by their id."""
    return _by_id(session, _FIND_MANY, order_ids)


def lock_order(session: Session, order_id: str) -> Order | None:
    """
    Return an order, locked until the end of the transaction.

    Whoever changes minutes as well opens the order's case instead: accounts are locked first, then orders.
    """
    # Two statements: one that waits for the lock sees the order as it became meanwhile, but not the package that was
    # stored with it, so it would read a paid order without its package.
    session.execute(_LOCK, {"of_id": order_id})
    return find_order(session, order_id)


def lock_free_orders(session: Session, order_ids: Collection[str]) -> dict[str, Order]:
    """Return orders by their id, locked until the end of the transaction, without those that somebody else holds."""
    return _by_id(session, _LOCK_FREE, order_ids)


def lock_orders_in_books(session: Session, order_ids: Collection[str]) -> dict[str, LockedOrder]:
    """
    Return orders by their id, locked until the end of the transaction; to be asked with their accounts' books open.

    One statement is enough then: packages are stored, and orders become paid, under the account's lock alone, so
    neither happens while this waits for the order's.
    """
    rows = session.execute(_LOCK_IN_BOOKS, {"ids": list(order_ids)})
    return {row.id: LockedOrder(record_of(Order, _ORDERS, row), row.has_bought_before) for row in rows}


def find_order_key(
    session: Session, order_id: str | None = None, *, gateway: str | None = None, refs: Sequence[str | None] = ()
) -> OrderKey | None:
    """
    Return an order by our id, or within a gateway by our id first and else by any of the gateway's.

    An order of a subscription is known by our id within every gateway that the subscription was charged through, too.

    Args:
        session: any.
        order_id: ours, where it is known.
        gateway: whose refs they are; without it only `order_id` counts.
        refs: the gateway's ids of the checkout or the payment; empty ones are ignored.
    """
    known = [ref for ref in refs if ref]
    if order_id is None and (gateway is None or not known):
        return None
    if gateway is None:
        row = session.execute(_FIND_KEY, {"of_id": order_id}).one_or_none()
    else:
        named = {"of_gateway": gateway, "of_id": order_id, "refs": known}
        row = session.execute(_FIND_KEY_AT_GATEWAY, named).one_or_none()
        if row is None and order_id is not None:
            # Asked for rarely, and then alone, for the first question is asked for every payment.
            named = {"of_gateway": gateway, "of_id": order_id}
            row = session.execute(_FIND_KEY_AT_EARLIER_GATEWAY, named).one_or_none()
    return None if row is None else OrderKey(row.id, row.account_id)


def mark_polled(session: Session, order_id: str, *, at: datetime, before: datetime) -> bool:
    """
    Note that an order is being polled, so that others get their turn; False: somebody else does, or just did.

    Args:
        session: of a transaction.
        order_id: ours.
        at: aware UTC.
        before: the order was not polled since, or it is left alone.
    """
    is_left = func.coalesce(_ORDERS.c.polled_at, _ORDERS.c.updated_at) < before
    marked = update(_ORDERS).where(_ORDERS.c.id == order_id, is_left).values(polled_at=at).returning(_ORDERS.c.id)
    return session.execute(marked).one_or_none() is not None


def mark_opened(session: Session, order_id: str, *, at: datetime) -> None:
    """Note that the buyer of an order goes to where it is paid; the first time stays."""
    session.execute(update(_ORDERS).where(_ORDERS.c.id == order_id, _ORDERS.c.opened_at.is_(None)).values(opened_at=at))


def find_open_orders(
    session: Session, *, gateways: Sequence[str], before: datetime, limit: int
) -> list[tuple[str, str]]:
    """Return the ids, with their gateway, of open orders that were not polled since a moment, the oldest first."""
    waiting_since = func.coalesce(_ORDERS.c.polled_at, _ORDERS.c.updated_at)
    rows = session.execute(
        select(_ORDERS.c.id, _ORDERS.c.gateway)
        .where(_ORDERS.c.status.in_(sorted(OPEN_STATUSES)), waiting_since < before)
        .where(~_ORDERS.c.needs_review, _ORDERS.c.gateway.in_(gateways))
        .order_by(waiting_since)
        .limit(limit)
    )
    return [(row.id, row.gateway) for row in rows]


def find_open_orders_of(session: Session, account_id: str) -> list[str]:
    """Return the ids of the orders of an account that are open, in order."""
    mine = select(_ORDERS.c.id).where(_ORDERS.c.account == number_of(_ORDERS.c.account, account_id))
    return list(
        session.execute(mine.where(_ORDERS.c.status.in_(sorted(OPEN_STATUSES))).order_by(_ORDERS.c.id)).scalars()
    )


def has_bought(session: Session, account_id: str, *, besides: str) -> bool:
    """
    Tell whether an account has an order that is paid and not refunded in full; to be asked under its lock.

    Args:
        session: of the transaction that holds the account's lock.
        account_id: the buyer's.
        besides: the order that does not count.
    """
    return bool(session.execute(_HAS_BOUGHT, {"of_account": account_id, "besides": besides}).scalar_one())


def _by_id(session: Session, statement: Select[tuple[object, ...]], order_ids: Collection[str]) -> dict[str, Order]:
    if not order_ids:
        return {}
    rows = session.execute(statement, {"ids": list(order_ids)})
    return {row.id: record_of(Order, _ORDERS, row) for row in rows}


# Built once: to build a statement takes longer than to execute it, and a payment needs a dozen.
_NAMED = _ORDERS.c.id == bindparam("of_id")
_LOCK = select(_ORDERS.c.id).where(_NAMED).with_for_update()
_FIND = select(*columns_of(Order, _ORDERS)).where(_NAMED)
_AMONG = _ORDERS.c.id == any_(bindparam("ids", type_=ARRAY(Text)))
_FIND_MANY = select(*columns_of(Order, _ORDERS)).where(_AMONG)
_LOCK_FREE = _FIND_MANY.with_for_update(of=_ORDERS, skip_locked=True)

_REFS = bindparam("refs", type_=ARRAY(Text))
_FIND_KEY = select(_ORDERS.c.id, id_of(_ORDERS.c.account)).where(_NAMED)
_FIND_KEY_AT_GATEWAY = (
    select(_ORDERS.c.id, id_of(_ORDERS.c.account))
    .where(_ORDERS.c.gateway == bindparam("of_gateway"))
    .where(or_(_NAMED, _ORDERS.c.checkout_ref == any_(_REFS), _ORDERS.c.payment_ref == any_(_REFS)))
    .order_by(func.coalesce(_NAMED, false()).desc())
    .limit(1)
)
_FIND_KEY_AT_EARLIER_GATEWAY = _FIND_KEY.where(
    select(_CHANGES.c.id)
    .where(_CHANGES.c.subscription_id == _ORDERS.c.subscription_id)
    .where(or_(_CHANGES.c.old_gateway == bindparam("of_gateway"), _CHANGES.c.gateway == bindparam("of_gateway")))
    .exists()
)

_OTHERS = _ORDERS.alias("others")


def _has_bought(account: ColumnElement[int], besides: ColumnElement[str]) -> Exists:
    refunded_minor = (
        select(func.coalesce(func.sum(_REFUNDS.c.amount_minor), 0))
        .where(_REFUNDS.c.order_id == _OTHERS.c.id, _REFUNDS.c.status == RefundStatus.SUCCEEDED)
        .scalar_subquery()
    )
    return (
        select(_OTHERS.c.id)
        .where(_OTHERS.c.account == account, _OTHERS.c.id != besides, _OTHERS.c.status == PaymentStatus.PAID)
        .where(_OTHERS.c.price_minor > refunded_minor)
        .exists()
    )


_HAS_BOUGHT = select(_has_bought(number_of(_ORDERS.c.account, bindparam("of_account")), bindparam("besides")))
_LOCK_IN_BOOKS = (
    _FIND_MANY.add_columns(_has_bought(_ORDERS.c.account, _ORDERS.c.id).label("has_bought_before"))
    .order_by(_ORDERS.c.id)
    .with_for_update(of=_ORDERS)
)
