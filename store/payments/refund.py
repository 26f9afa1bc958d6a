"""Refunds in the store; they are changed only through the case of their order, under its locks."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update
from sqlmodel import Session

from domain.payments.refund import OPEN_REFUND_STATUSES, Refund, RefundOrigin, RefundStatus
from store.records import columns_of, insert_of, record_of, table_of, values_of
from store.tables import RefundRow

_REFUNDS = table_of(RefundRow)
_SELECT = select(*columns_of(Refund, _REFUNDS))


def add_refund(session: Session, refund: Refund) -> None:
    """Write a new refund."""
    session.execute(insert_of(Refund, _REFUNDS), values_of(refund, _REFUNDS))


def save_refund(session: Session, refund: Refund) -> None:
    """Write a refund as it is now."""
    session.execute(update(_REFUNDS).where(_REFUNDS.c.id == refund.id).values(values_of(refund, _REFUNDS)))


def find_refund(
    session: Session, refund_id: str | None, *, gateway: str | None = None, ref: str | None = None
) -> Refund | None:
    """Return a refund, by our id first, else by the gateway's."""
    named = [_REFUNDS.c.id == refund_id] if refund_id is not None else []
    if gateway is not None and ref is not None:
        named.append(and_(_REFUNDS.c.gateway == gateway, _REFUNDS.c.refund_ref == ref))
    if not named:
        return None
    query = _SELECT.where(or_(*named)).limit(1)
    if refund_id is not None:
        query = query.order_by((_REFUNDS.c.id == refund_id).desc())
    row = session.execute(query).one_or_none()
    return None if row is None else record_of(Refund, _REFUNDS, row)


def find_refunds(session: Session, order_id: str) -> list[Refund]:
    """Return the refunds of an order, the oldest first."""
    rows = session.execute(
        _SELECT.where(_REFUNDS.c.order_id == order_id).order_by(_REFUNDS.c.created_at, _REFUNDS.c.id)
    )
    return [record_of(Refund, _REFUNDS, row) for row in rows]


def given_back_minor(session: Session, order_id: str) -> int:
    """Return what our own refunds of an order give back in all, those under way too, in its minor units."""
    ours = (_REFUNDS.c.origin == RefundOrigin.OURS, _REFUNDS.c.status != RefundStatus.FAILED)
    added = select(func.coalesce(func.sum(_REFUNDS.c.amount_minor), 0))
    return int(session.execute(added.where(_REFUNDS.c.order_id == order_id, *ours)).scalar_one())


def find_open_refunds(
    session: Session, *, gateways: Sequence[str], before: datetime, limit: int
) -> list[tuple[str, str]]:
    """Return the ids, with their gateway, of refunds under way that did not change since a moment, the oldest first."""
    rows = session.execute(
        select(_REFUNDS.c.id, _REFUNDS.c.gateway)
        .where(_REFUNDS.c.status.in_(sorted(OPEN_REFUND_STATUSES)), _REFUNDS.c.updated_at < before)
        .where(~_REFUNDS.c.needs_review, _REFUNDS.c.gateway.in_(gateways))
        .order_by(_REFUNDS.c.updated_at)
        .limit(limit)
    )
    return [(row.id, row.gateway) for row in rows]
