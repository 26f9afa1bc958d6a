"""Unapplied payments in the store: money that came for an order and bought nothing."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.payments.unapplied import UnappliedPayment
from store.records import table_of, values_of
from store.tables import UnappliedPaymentRow

_UNAPPLIED = table_of(UnappliedPaymentRow)


def save_unapplied(session: Session, payment: UnappliedPayment, *, at: datetime) -> None:
    """Write an unapplied payment as its gateway has it at an aware UTC moment of ours."""
    values = values_of(payment, _UNAPPLIED) | {"recorded_at": at}
    session.execute(
        insert(_UNAPPLIED)
        .values(values)
        .on_conflict_do_update(
            index_elements=[_UNAPPLIED.c.gateway, _UNAPPLIED.c.payment_ref],
            set_={"refunded_minor": payment.refunded.minor},
        )
    )


def has_unapplied_money(session: Session, order_id: str) -> bool:
    """Tell whether money that came for an order and bought nothing is not given back yet."""
    found = select(func.count()).where(
        _UNAPPLIED.c.order_id == order_id, _UNAPPLIED.c.refunded_minor < _UNAPPLIED.c.amount_minor
    )
    return bool(session.execute(found).scalar_one())
