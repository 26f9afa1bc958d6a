"""Attempts to pay in the store: each outcome once, numbered along its order."""

from sqlalchemy import Insert, and_, bindparam, func, insert, select
from sqlmodel import Session

from domain.gateway.decline import Retry
from domain.payments.attempt import PaymentAttempt
from store.records import columns_of, record_of, table_of, values_of
from store.tables import PaymentAttemptRow

_ATTEMPTS = table_of(PaymentAttemptRow)

_ALIKE = ("outcome", "retry", "code", "charge")


def add_attempt(session: Session, attempt: PaymentAttempt) -> None:
    """
    Write an attempt under its order's lock, numbered after those before it.

    One that is like the last one is the same that is reported or tried again, and is not written twice.
    """
    # One statement, so the payment that waits for its minutes pays for one round trip.
    session.execute(_ADD_ATTEMPT, {f"new_{column}": value for column, value in values_of(attempt, _ATTEMPTS).items()})


def find_last_attempt(session: Session, order_id: str) -> PaymentAttempt | None:
    """Return the last attempt of an order."""
    row = session.execute(_LAST, {"of_order": order_id}).one_or_none()
    return None if row is None else record_of(PaymentAttempt, _ATTEMPTS, row)


def find_useless_methods(session: Session, order_id: str) -> set[int]:
    """
    Return the methods whose charge for an order was declined in such a way that they will not work for it again.

    That holds as long as the order, also if the buyer chooses such a method again.
    """
    return set(session.execute(_USELESS, {"of_order": order_id}).scalars())


def _add_attempt_statement() -> Insert:
    names = [column.name for column in columns_of(PaymentAttempt, _ATTEMPTS)]
    new = {name: bindparam(f"new_{name}", type_=_ATTEMPTS.c[name].type) for name in names}
    last = (
        select(_ATTEMPTS)
        .where(_ATTEMPTS.c.order_id == new["order_id"])
        .order_by(_ATTEMPTS.c.number.desc())
        .limit(1)
        .subquery()
    )
    is_like_the_last = and_(*(last.c[name].is_not_distinct_from(new[name]) for name in _ALIKE))
    number = select(func.coalesce(func.max(last.c.number), 0) + 1).scalar_subquery()
    attempt = select(*new.values(), number).where(~select(last.c.number).where(is_like_the_last).exists())
    return insert(_ATTEMPTS).from_select([*new, "number"], attempt)


_ADD_ATTEMPT = _add_attempt_statement()
_USELESS = select(_ATTEMPTS.c.method_id).where(
    _ATTEMPTS.c.order_id == bindparam("of_order"),
    _ATTEMPTS.c.method_id.is_not(None),
    _ATTEMPTS.c.retry.in_((Retry.NEW_METHOD, Retry.NEVER)),
)
_LAST = (
    select(*columns_of(PaymentAttempt, _ATTEMPTS))
    .where(_ATTEMPTS.c.order_id == bindparam("of_order"))
    .order_by(_ATTEMPTS.c.number.desc())
    .limit(1)
)
