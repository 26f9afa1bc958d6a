"""Attempts to pay in the store: each outcome once, numbered along its order."""

from sqlalchemy import Insert, and_, bindparam, func, insert, select
from sqlmodel import Session

from domain.payments.attempt import PaymentAttempt
from store.records import columns_of, table_of, values_of
from store.tables import PaymentAttemptRow

_ATTEMPTS = table_of(PaymentAttemptRow)


def add_attempt(session: Session, attempt: PaymentAttempt) -> None:
    """
    Write an attempt under its order's lock, numbered after those before it.

    One that is like the last one is the same that is reported or tried again, and is not written twice.
    """
    # One statement, so the payment that waits for its minutes pays for one round trip.
    session.execute(_ADD_ATTEMPT, {f"new_{column}": value for column, value in values_of(attempt, _ATTEMPTS).items()})


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
    is_like_the_last = and_(*(last.c[name].is_not_distinct_from(new[name]) for name in ("outcome", "retry", "code")))
    number = select(func.coalesce(func.max(last.c.number), 0) + 1).scalar_subquery()
    attempt = select(*new.values(), number).where(~select(last.c.number).where(is_like_the_last).exists())
    return insert(_ATTEMPTS).from_select([*new, "number"], attempt)


_ADD_ATTEMPT = _add_attempt_statement()
