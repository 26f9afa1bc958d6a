"""Erasing what is old of notices: mail addresses, and browsers that are gone."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, null, select, update
from sqlmodel import Session

from store.records import table_of
from store.tables import NoticeDeliveryRow, NoticeRow, PushSubscriptionRow

_NOTICES, _DELIVERIES = table_of(NoticeRow), table_of(NoticeDeliveryRow)
_SUBSCRIPTIONS = table_of(PushSubscriptionRow)


def erase_addresses(session: Session, *, before: datetime, limit: int) -> int:
    """Erase the mail addresses of notices that have ended before a moment; return how many."""
    old = (
        select(_DELIVERIES.c.notice, _DELIVERIES.c.channel)
        .join(_NOTICES, _NOTICES.c.id == _DELIVERIES.c.notice)
        .where(_DELIVERIES.c.address.is_not(None), _NOTICES.c.ended_at < before)
        .limit(limit)
        .with_for_update(skip_locked=True, of=_DELIVERIES)
        .cte("old")
    )
    is_old = (_DELIVERIES.c.notice == old.c.notice) & (_DELIVERIES.c.channel == old.c.channel)
    return _rows(session, update(_DELIVERIES).where(is_old).values(address=null()))


def erase_subscriptions(session: Session, *, before: datetime, limit: int) -> int:
    """Delete browsers that have been gone since before a moment; return how many."""
    old = (
        select(_SUBSCRIPTIONS.c.id)
        .where(_SUBSCRIPTIONS.c.gone_at < before)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return _rows(session, delete(_SUBSCRIPTIONS).where(_SUBSCRIPTIONS.c.id == old.c.id))


def _rows(session: Session, statement: Any) -> int:
    count: int = session.execute(statement).rowcount  # type: ignore[attr-defined]
    return count
