"""Deliveries of notices in the store."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.notices.delivery import Delivery, DeliveryState
from store.records import columns_of, record_of, table_of, values_of
from store.tables import NoticeDeliveryRow

_DELIVERIES = table_of(NoticeDeliveryRow)


def find_deliveries(session: Session, notice: int) -> list[Delivery]:
    """Return the deliveries of a notice, mails first."""
    rows = session.execute(
        select(*columns_of(Delivery, _DELIVERIES))
        .where(_DELIVERIES.c.notice == notice)
        .order_by(_DELIVERIES.c.channel, _DELIVERIES.c.push_subscription)
    )
    return [record_of(Delivery, _DELIVERIES, row) for row in rows]


def save_deliveries(session: Session, notice: int, deliveries: Sequence[Delivery]) -> None:
    """Write deliveries as they are now, new ones too."""
    for delivery in deliveries:
        values = values_of(delivery, _DELIVERIES)
        saving = insert(_DELIVERIES).values(notice=notice, **values)
        session.execute(
            saving.on_conflict_do_update(
                index_elements=[_DELIVERIES.c.notice, _DELIVERIES.c.push_subscription, _DELIVERIES.c.channel],
                set_=values,
            )
        )


def reopen_deliveries(session: Session, notice: int, *, at: datetime) -> None:
    """Let all deliveries of a notice be tried again, as if for the first time."""
    session.execute(
        update(_DELIVERIES)
        .where(_DELIVERIES.c.notice == notice)
        .values(state=DeliveryState.WAITING, sent_at=None, attempts=0, next_attempt_at=at, last_error=None)
    )
