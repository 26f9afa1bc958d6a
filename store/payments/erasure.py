"""Erasing what is old, or of a closed account: the bytes of webhooks, and what calls told gateways about buyers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Table, null, select, union_all, update
from sqlmodel import Session

from domain.payments.method_setup import OPEN_SETUP_STATUSES
from domain.payments.order import OPEN_STATUSES
from domain.payments.refund import OPEN_REFUND_STATUSES
from domain.payments.webhook import OPEN_WEBHOOK_STATES
from store.records import table_of
from store.tables import DisputeRow, MethodSetupRow, OrderRow, RefundRow, SavedMethodRow, WebhookRow

_WEBHOOKS, _ORDERS, _REFUNDS = table_of(WebhookRow), table_of(OrderRow), table_of(RefundRow)
_SETUPS, _METHODS, _DISPUTES = table_of(MethodSetupRow), table_of(SavedMethodRow), table_of(DisputeRow)

NO_LABEL = "–"
"""What a method of a closed account is called: the name of a wallet may be a mail address."""


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
    return sum(_erase_snapshots(session, table, has_ended, before, limit) for table, has_ended in _ended())


def erase_payments_of(session: Session, account: int) -> None:
    """
    Erase what payments of an account say of their buyer: snapshots of calls, labels of methods, bytes of webhooks.

    What is open or needs review stays whole until it has ended, and goes with what is old then. Orders, refunds and
    disputes stay with their sums and references: money was moved by them.
    """
    mine = select(_ORDERS.c.id).where(_ORDERS.c.account == account)
    for table, has_ended in _ended():
        is_mine = table.c.order_id.in_(mine) if table is _REFUNDS else table.c.account == account
        erased = update(table).where(is_mine, table.c.buyer_snapshot.is_not(None), has_ended)
        session.execute(erased.values(buyer_snapshot=null()))
    session.execute(update(_METHODS).where(_METHODS.c.account == account).values(label=NO_LABEL))
    references = union_all(
        *(
            select(column).where(_ORDERS.c.account == account)
            for column in (_ORDERS.c.checkout_ref, _ORDERS.c.payment_ref)
        ),
        select(_REFUNDS.c.refund_ref).where(_REFUNDS.c.order_id.in_(mine)),
        select(_DISPUTES.c.dispute_ref).where(_DISPUTES.c.order_id.in_(mine)),
        select(_SETUPS.c.setup_ref).where(_SETUPS.c.account == account),
        select(_METHODS.c.token).where(_METHODS.c.account == account),
    )
    refs = set(session.execute(references).scalars()) - {None}
    has_body = (_WEBHOOKS.c.body != b"", _WEBHOOKS.c.state.not_in(sorted(OPEN_WEBHOOK_STATES)))
    session.execute(update(_WEBHOOKS).where(_WEBHOOKS.c.ref.in_(sorted(refs)), *has_body).values(body=b""))


def _ended() -> list[tuple[Table, Any]]:
    """Return the tables with snapshots of buyers, each with the condition that nothing of a row is open any more."""
    return [
        (_ORDERS, _ORDERS.c.status.not_in(sorted(OPEN_STATUSES)) & ~_ORDERS.c.needs_review),
        (_REFUNDS, _REFUNDS.c.status.not_in(sorted(OPEN_REFUND_STATUSES)) & ~_REFUNDS.c.needs_review),
        (_SETUPS, _SETUPS.c.status.not_in(sorted(OPEN_SETUP_STATUSES))),
    ]


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
