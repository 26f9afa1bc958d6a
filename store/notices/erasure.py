"""Erasing of notices what is old, or of a closed account: mail addresses, and browsers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, null, select, update
from sqlmodel import Session

from store.records import table_of
from store.tables import NoticeDeliveryRow, NoticeRow, PushSubscriptionRow

_DELIVERIES, _PUSH_SUBSCRIPTIONS = table_of(NoticeDeliveryRow), table_of(PushSubscriptionRow)
_NOTICES = table_of(NoticeRow)


def erase_addresses(session: Session, *, before: datetime, limit: int) -> int:
    """
    Erase the mail addresses of deliveries that were due last before a moment; return how many.

    Should one of them still wait, its next attempt takes the address from the account again.
    """
    old = old_addresses_query(before=before, limit=limit).with_for_update(skip_locked=True, of=_DELIVERIES).cte("old")
    is_old = (_DELIVERIES.c.notice == old.c.notice) & (_DELIVERIES.c.channel == old.c.channel)
    return _rows(session, update(_DELIVERIES).where(is_old).values(address=null()))


def old_addresses_query(*, before: datetime, limit: int) -> Select[tuple[Any, ...]]:
    """Return the query of addresses to erase; a partial index has them, the oldest first, and loses those erased."""
    return (
        select(_DELIVERIES.c.notice, _DELIVERIES.c.channel)
        .where(_DELIVERIES.c.address.is_not(None), _DELIVERIES.c.next_attempt_at < before)
        .order_by(_DELIVERIES.c.next_attempt_at)
        .limit(limit)
    )


def erase_push_subscriptions(session: Session, *, before: datetime, limit: int) -> int:
    """Delete browsers that have been gone since before a moment; return how many."""
    old = gone_query(before=before, limit=limit).with_for_update(skip_locked=True).cte("old")
    return _rows(session, delete(_PUSH_SUBSCRIPTIONS).where(_PUSH_SUBSCRIPTIONS.c.id == old.c.id))


def gone_query(*, before: datetime, limit: int) -> Select[tuple[Any, ...]]:
    """Return the query of browsers to delete; a partial index has those that are gone, the oldest first."""
    return (
        select(_PUSH_SUBSCRIPTIONS.c.id)
        .where(_PUSH_SUBSCRIPTIONS.c.gone_at < before)
        .order_by(_PUSH_SUBSCRIPTIONS.c.gone_at)
        .limit(limit)
    )


def erase_notices_of(session: Session, account: int) -> None:
    """Erase where notices of an account went, and its browsers; which notices there were stays."""
    mine = select(_NOTICES.c.id).where(_NOTICES.c.account == account)
    session.execute(
        update(_DELIVERIES)
        .where(
            _DELIVERIES.c.notice.in_(mine), _DELIVERIES.c.address.is_not(None) | _DELIVERIES.c.last_error.is_not(None)
        )
        .values(address=null(), last_error=null())
    )
    session.execute(delete(_PUSH_SUBSCRIPTIONS).where(_PUSH_SUBSCRIPTIONS.c.account == account))


def _rows(session: Session, statement: Any) -> int:
    count: int = session.execute(statement).rowcount  # type: ignore[attr-defined]
    return count
