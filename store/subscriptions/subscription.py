"""Subscriptions in the store: changed under their account's lock, or by whoever takes those that are due."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Exists, Integer, Row, Text, TextClause, any_, bindparam, func, select, text, update
from sqlmodel import Session

from domain.gateway.dispute import DisputeStatus
from domain.payments.refund import RefundStatus
from domain.subscriptions.subscription import LIVE_STATUSES, Subscription, SubscriptionStatus
from store.identity import lock_person
from store.numbers import number_of
from store.records import (
    changes_of,
    columns_of,
    insert_of,
    many_values_of,
    record_of,
    table_of,
    update_many_of,
    update_of,
    values_of,
)
from store.tables import AccountRow, DisputeRow, OrderRow, RefundRow, SubscriptionRow

_SUBSCRIPTIONS = table_of(SubscriptionRow)
_ORDERS, _REFUNDS, _DISPUTES = table_of(OrderRow), table_of(RefundRow), table_of(DisputeRow)
_ACCOUNTS = table_of(AccountRow)

ERASED = "erased"
"""Stands where a buyer of a closed account had said why."""


@dataclass(frozen=True, slots=True)
class Obstacles:
    """
    What speaks against charging a subscription.

    `is_given_back`: the money of its present period is gone, refunded in full or lost in a dispute. `is_disputed`: a
    dispute about it is open.
    """

    is_closed: bool
    is_blocked: bool
    is_given_back: bool
    is_disputed: bool


def add_subscription(session: Session, subscription: Subscription) -> None:
    """Write a new subscription."""
    session.execute(insert_of(Subscription, _SUBSCRIPTIONS), values_of(subscription, _SUBSCRIPTIONS))


def save_subscription(session: Session, subscription: Subscription, *, before: Subscription) -> None:
    """Write what has changed of a subscription; `before` was read under its lock in this transaction."""
    save_subscriptions(session, [(subscription, before)])


def save_subscriptions(session: Session, changed: Iterable[tuple[Subscription, Subscription]]) -> None:
    """Write what has changed of subscriptions, each with what was read under its lock; as few statements as may be."""
    for names, subscriptions in changes_of(changed).items():
        if len(subscriptions) == 1:
            changes = values_of(subscriptions[0], _SUBSCRIPTIONS, names) | {"of_id": subscriptions[0].id}
            session.execute(update_of(Subscription, _SUBSCRIPTIONS, names), changes)
            continue
        statement = update_many_of(Subscription, _SUBSCRIPTIONS, names)
        session.execute(statement, many_values_of(subscriptions, _SUBSCRIPTIONS, names))


def find_subscription(session: Session, subscription_id: str) -> Subscription | None:
    """Return a subscription."""
    row = session.execute(_FIND, {"of_id": subscription_id}).one_or_none()
    return None if row is None else record_of(Subscription, _SUBSCRIPTIONS, row)


def lock_subscription(session: Session, subscription_id: str) -> Subscription | None:
    """
    Return a subscription, locked until the end of the transaction.

    Whoever waits for it, or waits for another lock while they hold it, holds its account's lock already; below that
    lock orders and subscriptions may be locked in either order.
    """
    row = session.execute(_LOCK, {"of_id": subscription_id}).one_or_none()
    return None if row is None else record_of(Subscription, _SUBSCRIPTIONS, row)


def lock_subscriptions(session: Session, subscription_ids: Collection[str]) -> dict[str, Subscription]:
    """Return subscriptions by their id, locked as `lock_subscription` does; in one order for everybody."""
    if not subscription_ids:
        return {}
    rows = session.execute(_LOCK_MANY, {"ids": list(subscription_ids)})
    return {row.id: record_of(Subscription, _SUBSCRIPTIONS, row) for row in rows}


def lock_subscription_of(session: Session, account_id: str, subscription_id: str | None) -> Subscription | None:
    """
    Return a subscription of an account, locked until the end of the transaction.

    Args:
        session: of a transaction that holds the account's lock.
        account_id: whose it is.
        subscription_id: which one; None: the live one, else the newest that has not begun.
    """
    named = {"of_account": account_id, "of_id": subscription_id}
    row = session.execute(_LOCK_OF if subscription_id else _LOCK_LIVE, named).one_or_none()
    return None if row is None else record_of(Subscription, _SUBSCRIPTIONS, row)


def lock_unfinished(session: Session, account_id: str) -> list[Subscription]:
    """Return the subscriptions of an account that have not ended, locked; to be asked under the account's lock."""
    rows = session.execute(_LOCK_UNFINISHED, {"of_account": account_id})
    return [record_of(Subscription, _SUBSCRIPTIONS, row) for row in rows]


def has_had_trial(session: Session, account_id: str) -> bool:
    """
    Tell whether an account, or another one of the same person, has begun a trial some time.

    To be asked under the account's lock, with its subscription locked. Two accounts of one person take turns.
    """
    accounts = lock_person(session, account_id)
    return bool(session.execute(_HAS_HAD_TRIAL, {"accounts": accounts}).scalar_one())


def lock_due(session: Session, gateway: str, *, at: datetime, limit: int) -> list[Subscription]:
    """
    Return subscriptions whose time has come, the oldest first, locked until the end of the transaction.

    Those that somebody else holds are left to them: nothing here waits for a lock, so it stands in no circle.

    Args:
        session: of the transaction.
        gateway: by which they are paid.
        at: aware UTC.
        limit: at most so many.
    """
    rows = session.execute(_LOCK_DUE, {"of_gateway": gateway, "of_moment": at, "most": limit})
    return [record_of(Subscription, _SUBSCRIPTIONS, row) for row in rows]


def find_owed_order(session: Session, account_id: str) -> str | None:
    """Return the order of an account's renewal that was tried in vain; None: nothing is owed."""
    return session.execute(_OWED, {"of_account": account_id}).scalar_one_or_none()


def find_last_call(session: Session, subscription_id: str) -> datetime | None:
    """Return when money was last asked for a subscription, or was going to be; None: never."""
    last_call: datetime | None = session.execute(_LAST_CALL, {"of_id": subscription_id}).scalar_one()
    return last_call


def find_due_gateways(session: Session, *, at: datetime) -> list[str]:
    """Return the gateways that have subscriptions whose time has come."""
    return list(session.execute(due_gateways_query(at=at)).scalars())


def due_gateways_query(*, at: datetime) -> TextClause:
    """Return the query of `find_due_gateways`: from one gateway to the next by the index, its first row alone."""
    return _DUE_GATEWAYS.bindparams(of_moment=at)


def find_obstacles(session: Session, subscription: Subscription) -> Obstacles:
    """Return what speaks against charging a subscription, as it is now."""
    named = {"of_account": subscription.account_id, "of_order": subscription.paid_order_id}
    return _obstacles(session.execute(_OBSTACLES, named).one())


def find_obstacles_of(session: Session, subscription_ids: Collection[str]) -> dict[str, Obstacles]:
    """Return what speaks against charging subscriptions as the store has them, by their id."""
    return {row.id: _obstacles(row) for row in session.execute(_OBSTACLES_OF, {"ids": list(subscription_ids)})}


def _obstacles(row: Row[Any]) -> Obstacles:
    return Obstacles(
        is_closed=row.closed_at is not None,
        is_blocked=row.blocked_at is not None,
        is_given_back=bool(row.has_lost) or ((row.price_minor or 0) > 0 and row.refunded_minor >= row.price_minor),
        is_disputed=bool(row.has_open),
    )


def make_due_of(session: Session, account: int, *, at: datetime) -> None:
    """Let the next look take every subscription of an account that has not ended; why a buyer cancelled is erased."""
    mine = _SUBSCRIPTIONS.c.account == account
    unfinished = update(_SUBSCRIPTIONS).where(mine, _SUBSCRIPTIONS.c.ended_at.is_(None))
    session.execute(unfinished.values(due_at=func.least(func.coalesce(_SUBSCRIPTIONS.c.due_at, at), at)))
    said = update(_SUBSCRIPTIONS).where(mine, _SUBSCRIPTIONS.c.cancel_reason.is_not(None))
    session.execute(said.values(cancel_reason=ERASED))


def put_off(session: Session, subscription_id: str, *, until: datetime) -> None:
    """Let the due tick look at a subscription later, without any other change."""
    session.execute(update(_SUBSCRIPTIONS).where(_SUBSCRIPTIONS.c.id == subscription_id).values(due_at=until))


_RECORD = select(*columns_of(Subscription, _SUBSCRIPTIONS))
_NAMED = _SUBSCRIPTIONS.c.id == bindparam("of_id")
_OF_ACCOUNT = _SUBSCRIPTIONS.c.account == number_of(_SUBSCRIPTIONS.c.account, bindparam("of_account"))
_FIND = _RECORD.where(_NAMED)
_LOCK = _FIND.with_for_update(of=_SUBSCRIPTIONS)
_AMONG = _SUBSCRIPTIONS.c.id == any_(bindparam("ids", type_=ARRAY(Text)))
_LOCK_MANY = _RECORD.where(_AMONG).order_by(_SUBSCRIPTIONS.c.id).with_for_update(of=_SUBSCRIPTIONS)
_LOCK_OF = _RECORD.where(_NAMED, _OF_ACCOUNT).with_for_update(of=_SUBSCRIPTIONS)
_UNFINISHED = _SUBSCRIPTIONS.c.status.in_([*sorted(LIVE_STATUSES), SubscriptionStatus.PENDING])
_LOCK_UNFINISHED = (
    _RECORD.where(_OF_ACCOUNT, _UNFINISHED).order_by(_SUBSCRIPTIONS.c.id).with_for_update(of=_SUBSCRIPTIONS)
)
_LOCK_LIVE = (
    _RECORD.where(_OF_ACCOUNT, _UNFINISHED)
    .order_by((_SUBSCRIPTIONS.c.status == SubscriptionStatus.PENDING), _SUBSCRIPTIONS.c.created_at.desc())
    .limit(1)
    .with_for_update(of=_SUBSCRIPTIONS)
)
_HAS_HAD_TRIAL = select(
    select(_SUBSCRIPTIONS.c.id)
    .where(_SUBSCRIPTIONS.c.account == any_(bindparam("accounts", type_=ARRAY(Integer))))
    .where(_SUBSCRIPTIONS.c.trial_ends_at.is_not(None))
    .exists()
)
_OWED = select(_SUBSCRIPTIONS.c.order_id).where(
    _OF_ACCOUNT, _SUBSCRIPTIONS.c.status.in_((SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID))
)
# GREATEST leaves out what is NULL: an order that was never called for.
_LAST_CALL = select(func.max(func.greatest(_ORDERS.c.created_at, _ORDERS.c.called_at))).where(
    _ORDERS.c.subscription_id == bindparam("of_id")
)
_IS_DUE = _SUBSCRIPTIONS.c.due_at <= bindparam("of_moment")
_LOCK_DUE = (
    _RECORD.where(_SUBSCRIPTIONS.c.gateway == bindparam("of_gateway"), _IS_DUE)
    .order_by(_SUBSCRIPTIONS.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(of=_SUBSCRIPTIONS, skip_locked=True)
)
# PostgreSQL does not step over equal values by itself: a DISTINCT would read every live subscription each minute.
_DUE_GATEWAYS = text("""
    WITH RECURSIVE known AS (
        (SELECT gateway FROM subscription WHERE due_at IS NOT NULL ORDER BY gateway LIMIT 1)
        UNION ALL
        SELECT (SELECT subscription.gateway FROM subscription
                WHERE subscription.gateway > known.gateway AND subscription.due_at IS NOT NULL
                ORDER BY subscription.gateway LIMIT 1)
        FROM known WHERE known.gateway IS NOT NULL
    )
    SELECT known.gateway FROM known
    WHERE (SELECT subscription.due_at FROM subscription
           WHERE subscription.gateway = known.gateway AND subscription.due_at IS NOT NULL
           ORDER BY subscription.due_at LIMIT 1) <= :of_moment
""")
_REFUNDED = (
    select(func.coalesce(func.sum(_REFUNDS.c.amount_minor), 0))
    .where(_REFUNDS.c.order_id == _ORDERS.c.id, _REFUNDS.c.status == RefundStatus.SUCCEEDED)
    .scalar_subquery()
)


def _has_dispute(status: DisputeStatus) -> Exists:
    return select(_DISPUTES.c.id).where(_DISPUTES.c.order_id == _ORDERS.c.id, _DISPUTES.c.status == status).exists()


_STANDING = (
    _ACCOUNTS.c.closed_at,
    _ACCOUNTS.c.blocked_at,
    _ORDERS.c.price_minor,
    _REFUNDED.label("refunded_minor"),
    _has_dispute(DisputeStatus.LOST).label("has_lost"),
    _has_dispute(DisputeStatus.OPEN).label("has_open"),
)
_OBSTACLES = (
    select(*_STANDING)
    .select_from(_ACCOUNTS.outerjoin(_ORDERS, _ORDERS.c.id == bindparam("of_order")))
    .where(_ACCOUNTS.c.id == bindparam("of_account"))
)
_OBSTACLES_OF = (
    select(_SUBSCRIPTIONS.c.id, *_STANDING)
    .select_from(
        _SUBSCRIPTIONS.join(_ACCOUNTS, _ACCOUNTS.c.number == _SUBSCRIPTIONS.c.account).outerjoin(
            _ORDERS, _ORDERS.c.id == _SUBSCRIPTIONS.c.paid_order_id
        )
    )
    .where(_AMONG)
)
