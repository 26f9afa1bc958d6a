"""Erasing what is old: the bytes of webhooks, and what calls told the gateways about buyers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Table, null, select, update
from sqlmodel import Session

from domain.payments.method_setup import OPEN_SETUP_STATUSES
from domain.payments.order import OPEN_STATUSES
from domain.payments.refund import OPEN_REFUND_STATUSES
from domain.payments.webhook import OPEN_WEBHOOK_STATES
from store.records import table_of
from store.tables import MethodSetupRow, OrderRow, RefundRow, WebhookRow

_WEBHOOKS, _ORDERS, _REFUNDS = table_of(WebhookRow), table_of(OrderRow), table_of(RefundRow)
_SETUPS = table_of(MethodSetupRow)


def erase_webhook_bodies(session: Session, *, before: datetime, limit: int) -> int:
    """Erase the bytes of webhooks that were received before a moment and have had their effect; return how many."""
    old = (
        select(_WEBHOOKS.c.gateway, _WEBHOOKS.c.dedupe_key)
        .where(_WEBHOOKS.c.body != b"", _WEBHOOKS.c.received_at < before)
        .where(_WEBHOOKS.c.state.not_in(sorted(OPEN_WEBHOOK_STATES)))
        .order_by(_WEBHOOKS.c.received_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    is_old = (_WEBHOOKS.c.gateway == old.c.gateway) & (_WEBHOOKS.c.dedupe_key == old.c.dedupe_key)
    return _rows(session, update(_WEBHOOKS).where(is_old).values(body=b""))


def erase_buyers(session: Session, *, before: datetime, limit: int) -> int:
    """Erase what calls said of buyers, of old orders, refunds and setups that have ended; return how many."""
    ended = [
        (_ORDERS, _ORDERS.c.status.not_in(sorted(OPEN_STATUSES)) & ~_ORDERS.c.needs_review),
        (_REFUNDS, _REFUNDS.c.status.not_in(sorted(OPEN_REFUND_STATUSES)) & ~_REFUNDS.c.needs_review),
        (_SETUPS, _SETUPS.c.status.not_in(sorted(OPEN_SETUP_STATUSES))),
    ]
    return sum(_erase_snapshots(session, table, has_ended, before, limit) for table, has_ended in ended)


def _erase_snapshots(session: Session, table: Table, has_ended: Any, before: datetime, limit: int) -> int:
    old = (
        select(table.c.id)
        .where(table.c.buyer_snapshot.is_not(None), table.c.created_at < before, has_ended)
        .order_by(table.c.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return _rows(session, update(table).where(table.c.id == old.c.id).values(buyer_snapshot=null()))


def _rows(session: Session, statement: Any) -> int:
    count: int = session.execute(statement).rowcount  # type: ignore[attr-defined]
    return count
