"""Disputes in the store; they are changed only through the case of their order, under its locks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select, update
from sqlmodel import Session

from domain.gateway.dispute import DisputeStatus
from domain.payments.dispute import POLLED_DISPUTE_STATUSES, Dispute
from store.records import columns_of, insert_of, record_of, table_of, values_of
from store.tables import DisputeRow

_DISPUTES = table_of(DisputeRow)
_SELECT = select(*columns_of(Dispute, _DISPUTES))

POLL_OPEN_EVERY = timedelta(minutes=30)
POLL_LOST_EVERY = timedelta(days=1)
POLL_LOST_FOR = timedelta(days=180)


class DisputeToPoll(NamedTuple):
    """A dispute that its gateway is asked about."""

    gateway: str
    ref: str


def find_dispute(session: Session, gateway: str, ref: str) -> Dispute | None:
    """Return a dispute by the gateway's id."""
    row = session.execute(_SELECT.where(_DISPUTES.c.gateway == gateway, _DISPUTES.c.dispute_ref == ref)).one_or_none()
    return None if row is None else record_of(Dispute, _DISPUTES, row)


def find_disputes(session: Session, order_id: str) -> list[Dispute]:
    """Return the disputes about an order, the oldest first."""
    rows = session.execute(_SELECT.where(_DISPUTES.c.order_id == order_id).order_by(_DISPUTES.c.id))
    return [record_of(Dispute, _DISPUTES, row) for row in rows]


def find_disputes_to_poll(
    session: Session, *, gateways: Sequence[str], at: datetime, limit: int
) -> list[DisputeToPoll]:
    """
    Return disputes that may have ended, or ended otherwise, since their gateway was asked, the longest waiting first.

    Open ones are asked after every half hour, and lost ones daily for some months: banks change their minds.
    """
    polled_at = func.coalesce(_DISPUTES.c.polled_at, _DISPUTES.c.recorded_at)
    is_open = and_(_DISPUTES.c.status == DisputeStatus.OPEN, polled_at <= at - POLL_OPEN_EVERY)
    may_be_won = and_(
        _DISPUTES.c.status == DisputeStatus.LOST,
        polled_at <= at - POLL_LOST_EVERY,
        _DISPUTES.c.closed_at > at - POLL_LOST_FOR,
    )
    rows = session.execute(
        select(_DISPUTES.c.gateway, _DISPUTES.c.dispute_ref)
        .where(_DISPUTES.c.status.in_(sorted(POLLED_DISPUTE_STATUSES)), or_(is_open, may_be_won))
        .where(_DISPUTES.c.gateway.in_(gateways))
        .order_by(polled_at)
        .limit(limit)
    )
    return [DisputeToPoll(row.gateway, row.dispute_ref) for row in rows]


def mark_dispute_polled(session: Session, gateway: str, ref: str, *, at: datetime) -> None:
    """Note that a dispute is being polled, so that others get their turn."""
    session.execute(
        update(_DISPUTES).where(_DISPUTES.c.gateway == gateway, _DISPUTES.c.dispute_ref == ref).values(polled_at=at)
    )


def add_dispute(session: Session, dispute: Dispute) -> None:
    """Write a dispute that was opened."""
    session.execute(insert_of(Dispute, _DISPUTES), values_of(dispute, _DISPUTES))


def save_dispute(session: Session, dispute: Dispute) -> None:
    """Write a dispute as it is now."""
    session.execute(
        update(_DISPUTES)
        .where(_DISPUTES.c.gateway == dispute.gateway, _DISPUTES.c.dispute_ref == dispute.dispute_ref)
        .values(values_of(dispute, _DISPUTES))
    )
