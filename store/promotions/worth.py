"""What minutes are worth: as much as was paid for minutes lately."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.money import Money
from store.records import table_of
from store.tables import OrderRow

_ORDERS = table_of(OrderRow)

PRICES_OF = timedelta(days=90)
"""Prices of so long count."""


def worth_of(session: Session, seconds: int, *, at: datetime) -> tuple[Money, ...]:
    """
    Return what seconds are worth, in each currency for itself: at the mean of what was paid for one, rounded down.

    The currency in which most was sold comes first; nothing is returned where nothing was sold.
    """
    # The index of orders by status and moment of creation has them; a payment comes within days of it.
    sold = (
        select(_ORDERS.c.currency, func.sum(_ORDERS.c.price_minor), func.sum(_ORDERS.c.granted_seconds))
        .where(_ORDERS.c.status == PaymentStatus.PAID, _ORDERS.c.created_at >= at - PRICES_OF)
        .group_by(_ORDERS.c.currency)
        .order_by(func.sum(_ORDERS.c.granted_seconds).desc())
    )
    rows = session.execute(sold).all()
    return tuple(Money(int(minor * seconds // sold_seconds), currency) for currency, minor, sold_seconds in rows)
