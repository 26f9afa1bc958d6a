"""What speaks against a charge, asked in the last transaction before its call."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, Row, Text, any_, bindparam, select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.payments.order import OPEN_STATUSES, Order
from store.numbers import number_of
from store.records import table_of
from store.tables import AccountRow, OrderRow, SavedMethodRow

_ORDERS, _METHODS, _ACCOUNTS = table_of(OrderRow), table_of(SavedMethodRow), table_of(AccountRow)


class ChargeBarrier(StrEnum):
    """Why the call of a charge is not made."""

    OVERTAKEN = "overtaken"
    """Somebody else has called for its attempt, or knows what became of it."""
    WITHDRAWN = "withdrawn"
    """Nobody wants its money any more: it was withdrawn, or its account is closed."""
    METHOD_ENDED = "method_ended"
    """Its method may be charged no more."""


def find_charge_barrier(session: Session, order: Order) -> ChargeBarrier | None:
    """
    Return what speaks now against the call of an order's charge; None: nothing.

    Args:
        session: any.
        order: with the attempt that is to be called, as it was written.
    """
    return find_charge_barriers(session, [order])[order.id]


def find_charge_barriers(session: Session, orders: Sequence[Order]) -> dict[str, ChargeBarrier | None]:
    """Return the same for several orders, by their id."""
    rows = session.execute(_STANDING, {"ids": [order.id for order in orders]})
    standing = {row.id: row for row in rows}
    return {order.id: _barrier(order, standing[order.id]) for order in orders}


def find_known_payment(session: Session, account_id: str, gateway: str, *, before: datetime) -> str | None:
    """Return the newest payment of an account through a gateway that was known before a moment; None: none was."""
    parameters = {"of_account": account_id, "of_gateway": gateway, "before": before}
    return session.execute(_KNOWN_PAYMENT, parameters).scalar_one_or_none()


def _barrier(order: Order, row: Row[Any]) -> ChargeBarrier | None:
    is_as_written = (row.attempt, row.polled_at) == (order.attempt, order.polled_at)
    if row.status not in OPEN_STATUSES or row.needs_review or not is_as_written:
        return ChargeBarrier.OVERTAKEN
    if row.withdrawn_at is not None or row.closed_at is not None or row.blocked_at is not None:
        return ChargeBarrier.WITHDRAWN
    return None if row.method_ended_at is None else ChargeBarrier.METHOD_ENDED


_STANDING = (
    select(
        _ORDERS.c.id,
        _ORDERS.c.status,
        _ORDERS.c.needs_review,
        _ORDERS.c.attempt,
        _ORDERS.c.polled_at,
        _ORDERS.c.withdrawn_at,
        _ACCOUNTS.c.closed_at,
        _ACCOUNTS.c.blocked_at,
        _METHODS.c.ended_at.label("method_ended_at"),
    )
    .select_from(
        _ORDERS.join(_ACCOUNTS, _ACCOUNTS.c.number == _ORDERS.c.account).outerjoin(
            _METHODS, _METHODS.c.id == _ORDERS.c.method_id
        )
    )
    .where(_ORDERS.c.id == any_(bindparam("ids", type_=ARRAY(Text))))
)
_KNOWN_PAYMENT = (
    select(_ORDERS.c.payment_ref)
    .where(
        _ORDERS.c.account == number_of(_ORDERS.c.account, bindparam("of_account")),
        _ORDERS.c.gateway == bindparam("of_gateway"),
        _ORDERS.c.status == PaymentStatus.PAID,
        _ORDERS.c.payment_ref.is_not(None),
        _ORDERS.c.recorded_at <= bindparam("before"),
    )
    .order_by(_ORDERS.c.created_at.desc())
    .limit(1)
)
