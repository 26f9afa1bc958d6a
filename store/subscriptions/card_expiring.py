"""Cards that end soon and by which an account is charged without being there."""

from datetime import date

from sqlalchemy import exists, or_, select, update
from sqlmodel import Session

from domain.payments.stored_method import StoredMethod
from domain.subscriptions.subscription import LIVE_STATUSES
from store.records import columns_of, record_of, table_of
from store.tables import SavedMethodRow, SubscriptionRow, TopupRow

_METHODS, _SUBSCRIPTIONS, _TOPUPS = table_of(SavedMethodRow), table_of(SubscriptionRow), table_of(TopupRow)


def lock_expiring_cards(session: Session, *, since: date, until: date, limit: int) -> list[StoredMethod]:
    """
    Return cards whose last day lies in a period and of which their accounts have not heard, locked.

    Only the card that its account and gateway would be charged by counts, and only where something is charged: a live
    subscription through that gateway, or an auto top-up. Cards that another worker holds are left to it.

    Args:
        session: of the transaction.
        since: the first such day.
        until: the last one.
        limit: at most so many.
    """
    newer = _METHODS.alias("newer")
    is_first = ~exists().where(
        newer.c.account == _METHODS.c.account,
        newer.c.gateway == _METHODS.c.gateway,
        newer.c.ended_at.is_(None),
        newer.c.preferred_at > _METHODS.c.preferred_at,
    )
    pays_subscription = exists().where(
        _SUBSCRIPTIONS.c.account == _METHODS.c.account,
        _SUBSCRIPTIONS.c.gateway == _METHODS.c.gateway,
        _SUBSCRIPTIONS.c.status.in_(sorted(LIVE_STATUSES)),
    )
    pays_topup = exists().where(_TOPUPS.c.account == _METHODS.c.account, _TOPUPS.c.is_on)
    rows = session.execute(
        select(*columns_of(StoredMethod, _METHODS))
        .where(_METHODS.c.ended_at.is_(None), _METHODS.c.expires_on.between(since, until))
        .where(_METHODS.c.warned_for.is_distinct_from(_METHODS.c.expires_on), is_first)
        .where(or_(pays_subscription, pays_topup))
        .order_by(_METHODS.c.id)
        .limit(limit)
        .with_for_update(of=_METHODS, skip_locked=True)
    )
    return [record_of(StoredMethod, _METHODS, row) for row in rows]


def mark_warned(session: Session, method_id: int, last_day: date) -> None:
    """Note that an account has heard of the last day of a card."""
    session.execute(update(_METHODS).where(_METHODS.c.id == method_id).values(warned_for=last_day))
