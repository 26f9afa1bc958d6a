"""Orders in the store: written before the gateway is called, and again when it has answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, insert, literal, or_, select, update
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.payments.attempt import PaymentAttempt
from domain.payments.order import OPEN_STATUSES, Order
from store.numbers import id_of, number_of
from store.records import columns_of, record_of, table_of, values_of
from store.tables import OrderRow, PaymentAttemptRow, RefundRow

_ORDERS = table_of(OrderRow)
_ATTEMPTS = table_of(PaymentAttemptRow)
_REFUNDS = table_of(RefundRow)


class OrderKey(NamedTuple):
    """An order and the account whose lock comes before the order's."""

    id: str
    account_id: str


def add_order(session: Session, order: Order) -> None:
    """Write a new order: the intent."""
    session.execute(insert(_ORDERS).values(values_of(order, _ORDERS)))


def save_order(session: Session, order: Order) -> None:
    """Write an order as it is now; it was locked in this transaction, so nothing is overwritten."""
    values = {column: value for column, value in values_of(order, _ORDERS).items() if column not in _FIXED}
    session.execute(update(_ORDERS).where(_ORDERS.c.id == order.id).values(values))


def find_order(session: Session, order_id: str) -> Order | None:
    """Return an order."""
    row = session.execute(_SELECT.where(_ORDERS.c.id == order_id)).one_or_none()
    return None if row is None else record_of(Order, _ORDERS, row)


def lock_order(session: Session, order_id: str) -> Order | None:
    """
    Return an order, locked until the end of the transaction.

    Whoever changes minutes as well opens the order's case instead: accounts are locked first, then orders.
    """
    # Two statements: one that waits for the lock sees the order as it became meanwhile, but not the package that was
    # stored with it, so it would read a paid order without its package.
    session.execute(select(_ORDERS.c.id).where(_ORDERS.c.id == order_id).with_for_update())
    return find_order(session, order_id)


def lock_order_in_book(session: Session, order_id: str) -> Order | None:
    """
    Return an order, locked until the end of the transaction; to be asked with its account's book open.

    One statement is enough then: packages are stored under the account's lock alone, so none is stored while this
    waits for the order's.
    """
    row = session.execute(_SELECT.where(_ORDERS.c.id == order_id).with_for_update(of=_ORDERS)).one_or_none()
    return None if row is None else record_of(Order, _ORDERS, row)


def find_order_key(
    session: Session, order_id: str | None = None, *, gateway: str | None = None, refs: Sequence[str | None] = ()
) -> OrderKey | None:
    """
    Return an order by our id, or within a gateway by our id first and else by any of the gateway's.

    Args:
        session: any.
        order_id: ours, where it is known.
        gateway: whose refs they are; without it only `order_id` counts.
        refs: the gateway's ids of the checkout or the payment; empty ones are ignored.
    """
    known = [ref for ref in refs if ref]
    named = [_ORDERS.c.id == order_id] if order_id is not None else []
    if gateway is not None and known:
        named += [_ORDERS.c.checkout_ref.in_(known), _ORDERS.c.payment_ref.in_(known)]
    if not named:
        return None
    query = select(_ORDERS.c.id, id_of(_ORDERS.c.account)).where(or_(*named)).limit(1)
    if gateway is not None:
        query = query.where(_ORDERS.c.gateway == gateway)
    if order_id is not None:
        query = query.order_by((_ORDERS.c.id == order_id).desc())
    row = session.execute(query).one_or_none()
    return None if row is None else OrderKey(row.id, row.account_id)


def mark_polled(session: Session, order_id: str, *, at: datetime) -> None:
    """Note that an order is being polled, so that others get their turn."""
    session.execute(update(_ORDERS).where(_ORDERS.c.id == order_id).values(polled_at=at))


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


def has_bought(session: Session, account_id: str, *, besides: str) -> bool:
    """
    Tell whether an account has an order that is paid and not refunded in full; to be asked under its lock.

    Args:
        session: of the transaction that holds the account's lock.
        account_id: the buyer's.
        besides: the order that does not count.
    """
    refunded_minor = (
        select(func.coalesce(func.sum(_REFUNDS.c.amount_minor), 0))
        .where(_REFUNDS.c.order_id == _ORDERS.c.id, _REFUNDS.c.status == "succeeded")
        .scalar_subquery()
    )
    query = select(
        select(_ORDERS.c.id)
        .where(_ORDERS.c.account == number_of(_ORDERS.c.account, account_id), _ORDERS.c.id != besides)
        .where(_ORDERS.c.status == PaymentStatus.PAID, _ORDERS.c.price_minor > refunded_minor)
        .exists()
    )
    return bool(session.execute(query).scalar_one())


def add_attempt(session: Session, attempt: PaymentAttempt) -> None:
    """
    Write an attempt under its order's lock, numbered after those before it.

    One that is like the last one is the same that is reported or tried again, and is not written twice.
    """
    values = values_of(attempt, _ATTEMPTS)
    last = (
        select(_ATTEMPTS)
        .where(_ATTEMPTS.c.order_id == attempt.order_id)
        .order_by(_ATTEMPTS.c.number.desc())
        .limit(1)
        .subquery()
    )
    is_like_the_last = and_(*(last.c[name].is_not_distinct_from(values[name]) for name in ("outcome", "retry", "code")))
    number = select(func.coalesce(func.max(last.c.number), 0) + 1).scalar_subquery()
    # One statement, so the payment that waits for its minutes pays for one round trip.
    new = select(*(literal(value, _ATTEMPTS.c[name].type).label(name) for name, value in values.items()), number)
    session.execute(
        insert(_ATTEMPTS).from_select(
            [*values, "number"], new.where(~select(last.c.number).where(is_like_the_last).exists())
        )
    )


_SELECT = select(*columns_of(Order, _ORDERS))

# Written once, with the intent; looking the numbers up again for each change would tell nothing new.
_FIXED = frozenset({"id", "account", "product"})
