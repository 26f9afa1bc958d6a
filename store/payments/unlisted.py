"""Money that is stored here for some days, by the gateway's ids: to be looked for in what the gateway lists."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Text, all_, bindparam, select, union_all
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.payments.refund import RefundStatus
from store.records import table_of
from store.tables import OrderRow, RefundRow

_ORDERS = table_of(OrderRow)
_REFUNDS = table_of(RefundRow)
_REFS = bindparam("refs", type_=ARRAY(Text))


class MoneyHere(NamedTuple):
    """Money that came or went back by what is stored here: which order it is about, and the gateway's id of it."""

    order_id: str
    ref: str
    is_refund: bool


def find_money_besides(
    session: Session, gateway: str, refs: Collection[str], *, since: datetime, until: datetime, limit: int
) -> list[MoneyHere]:
    """
    Return payments and refunds of a time besides those named, the oldest first.

    Args:
        session: a transaction.
        gateway: its name.
        refs: its ids of those that are known there.
        since: aware UTC moment, by the gateway's clock.
        until: likewise, exclusive.
        limit: so many at the most.
    """
    paid = select(
        _ORDERS.c.id.label("order_id"),
        _ORDERS.c.payment_ref.label("ref"),
        _ORDERS.c.payment_ref.is_(None).label("is_refund"),
        _ORDERS.c.paid_at.label("at"),
    ).where(
        _ORDERS.c.gateway == gateway,
        _ORDERS.c.status == PaymentStatus.PAID,
        _ORDERS.c.price_minor > 0,
        *_is_unnamed(_ORDERS.c.payment_ref),
        _ORDERS.c.paid_at >= since,
        _ORDERS.c.paid_at < until,
    )
    given_back = select(
        _REFUNDS.c.order_id,
        _REFUNDS.c.refund_ref,
        _REFUNDS.c.refund_ref.is_not(None),
        _REFUNDS.c.succeeded_at,
    ).where(
        _REFUNDS.c.gateway == gateway,
        _REFUNDS.c.status == RefundStatus.SUCCEEDED,
        *_is_unnamed(_REFUNDS.c.refund_ref),
        _REFUNDS.c.succeeded_at >= since,
        _REFUNDS.c.succeeded_at < until,
    )
    money = union_all(paid, given_back).subquery("money")
    found = select(money.c.order_id, money.c.ref, money.c.is_refund).order_by(money.c.at).limit(limit)
    return [MoneyHere(*row) for row in session.execute(found, {"refs": list(refs)})]


def _is_unnamed(ref: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
    return ref.is_not(None), ref != all_(_REFS)
