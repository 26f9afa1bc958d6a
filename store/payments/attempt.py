"""Attempts to pay in the store: each outcome once, numbered along its order."""

from collections.abc import Iterable

from sqlalchemy import Insert, and_, bindparam, func, insert, not_, or_, select, true
from sqlmodel import Session

from domain.gateway.decline import Retry
from domain.payments.attempt import PaymentAttempt
from store.records import columns_of, given_rows, many_values_of, record_of, table_of
from store.tables import PaymentAttemptRow

_ATTEMPTS = table_of(PaymentAttemptRow)

_ALIKE = ("outcome", "retry", "code", "charge")


def add_attempt(session: Session, attempt: PaymentAttempt) -> None:
    """
    Write an attempt under its order's lock, numbered after those before it.

    One that is like the last one is the same that is reported or tried again, and is not written twice.
    """
    add_attempts(session, [attempt])


def add_attempts(session: Session, attempts: Iterable[PaymentAttempt]) -> None:
    """Write attempts in their order, as `add_attempt` does; by one statement where each is of another order."""
    left = list(attempts)
    while left:
        firsts = {attempt.order_id: attempt for attempt in reversed(left)}
        session.execute(_ADD_ATTEMPTS, many_values_of(firsts.values(), _ATTEMPTS))
        left = [attempt for attempt in left if attempt is not firsts[attempt.order_id]]


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


def _add_attempts_statement() -> Insert:
    given = given_rows(PaymentAttempt, _ATTEMPTS)
    last = (
        select(_ATTEMPTS)
        .where(_ATTEMPTS.c.order_id == given.c.order_id)
        .order_by(_ATTEMPTS.c.number.desc())
        .limit(1)
        .lateral("last")
    )
    is_like_the_last = and_(*(last.c[name].is_not_distinct_from(given.c[name]) for name in _ALIKE))
    new = (
        select(*given.c, func.coalesce(last.c.number, 0) + 1)
        .select_from(given.outerjoin(last, true()))
        .where(or_(last.c.number.is_(None), not_(is_like_the_last)))
    )
    return insert(_ATTEMPTS).from_select([*given.c.keys(), "number"], new)


_ADD_ATTEMPTS = _add_attempts_statement()
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
