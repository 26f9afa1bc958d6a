"""Disputes in the store; they are changed only through the case of their order, under its locks."""

from sqlalchemy import select, update
from sqlmodel import Session

from domain.payments.dispute import Dispute
from store.records import columns_of, insert_of, record_of, table_of, values_of
from store.tables import DisputeRow

_DISPUTES = table_of(DisputeRow)
_SELECT = select(*columns_of(Dispute, _DISPUTES))


def find_dispute(session: Session, gateway: str, ref: str) -> Dispute | None:
    """Return a dispute by the gateway's id."""
    row = session.execute(_SELECT.where(_DISPUTES.c.gateway == gateway, _DISPUTES.c.dispute_ref == ref)).one_or_none()
    return None if row is None else record_of(Dispute, _DISPUTES, row)


def find_disputes(session: Session, order_id: str) -> list[Dispute]:
    """Return the disputes about an order, the oldest first."""
    rows = session.execute(_SELECT.where(_DISPUTES.c.order_id == order_id).order_by(_DISPUTES.c.id))
    return [record_of(Dispute, _DISPUTES, row) for row in rows]


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
