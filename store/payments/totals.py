"""Totals of a day: ours beside the gateway's."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.payments.refund import RefundStatus
from store.records import table_of
from store.tables import GatewaySumRow, OrderRow, RefundRow

_ORDERS = table_of(OrderRow)
_REFUNDS = table_of(RefundRow)
_SUMS = table_of(GatewaySumRow)

Totals = Mapping[str, tuple[int, int]]
"""Currency -> captured and refunded, whole minor units."""


def save_totals(
    session: Session, day: datetime, gateway: str, theirs: Totals, *, next_day: datetime, at: datetime
) -> list[str]:
    """
    Compare a day's totals with ours and save both.

    Args:
        session: a transaction.
        day: aware UTC midnight.
        gateway: its name.
        theirs: as the gateway lists them.
        next_day: the midnight after it.
        at: aware UTC moment of the comparison.

    Returns:
        The currencies in which they differ.
    """
    ours = _our_totals(session, gateway, day, next_day)
    # Those of an earlier comparison too, or a difference that is gone would be shown for ever.
    before = session.execute(select(_SUMS.c.currency).where(_SUMS.c.gateway == gateway, _SUMS.c.day == day)).scalars()
    currencies = sorted(ours.keys() | theirs.keys() | set(before))
    for currency in currencies:
        _save_total(session, {"day": day, "gateway": gateway, "currency": currency}, ours, theirs, at)
    return [one for one in currencies if ours.get(one, (0, 0)) != theirs.get(one, (0, 0))]


def _our_totals(session: Session, gateway: str, day: datetime, next_day: datetime) -> Totals:
    """
    Return our totals of a day, by the gateway's own moments.

    A refund counts on the day on which the gateway gave the money back. A difference at midnight evens out with the
    next day's comparison of seven days.
    """
    captured = select(_ORDERS.c.currency, _ORDERS.c.price_minor.label("captured"), literal(0).label("refunded")).where(
        _ORDERS.c.gateway == gateway,
        _ORDERS.c.status == PaymentStatus.PAID,
        _ORDERS.c.price_minor > 0,
        _ORDERS.c.paid_at >= day,
        _ORDERS.c.paid_at < next_day,
    )
    refunded = select(_REFUNDS.c.currency, literal(0), _REFUNDS.c.amount_minor).where(
        _REFUNDS.c.gateway == gateway,
        _REFUNDS.c.status == RefundStatus.SUCCEEDED,
        _REFUNDS.c.succeeded_at >= day,
        _REFUNDS.c.succeeded_at < next_day,
    )
    money = union_all(captured, refunded).subquery("money")
    rows = session.execute(
        select(
            money.c.currency,
            func.sum(money.c.captured).label("captured"),
            func.sum(money.c.refunded).label("refunded"),
        ).group_by(money.c.currency)
    )
    return {row.currency: (int(row.captured), int(row.refunded)) for row in rows}


def _save_total(session: Session, key: dict[str, object], ours: Totals, theirs: Totals, at: datetime) -> None:
    currency = str(key["currency"])
    here, there = ours.get(currency, (0, 0)), theirs.get(currency, (0, 0))
    money = {
        "ours_captured_minor": here[0],
        "theirs_captured_minor": there[0],
        "ours_refunded_minor": here[1],
        "theirs_refunded_minor": there[1],
        "compared_at": at,
    }
    session.execute(
        insert(_SUMS)
        .values(key | money)
        .on_conflict_do_update(index_elements=[_SUMS.c.day, _SUMS.c.gateway, _SUMS.c.currency], set_=money)
    )
