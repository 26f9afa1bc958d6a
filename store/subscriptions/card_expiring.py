"""Cards that end soon and by which an account is charged without being there."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import exists, or_, select, update
from sqlmodel import Session

from domain.payments.stored_method import StoredMethod
from domain.subscriptions.subscription import LIVE_STATUSES
from store.records import columns_of, record_of, table_of
from store.tables import SavedMethodRow, SubscriptionRow, TopupRow

_METHODS, _SUBSCRIPTIONS, _TOPUPS = table_of(SavedMethodRow), table_of(SubscriptionRow), table_of(TopupRow)


class ExpiringCard(NamedTuple):
    """A card that ends soon; its account has an auto top-up, which may be paid by another method."""

    method: StoredMethod
    pays_subscription: bool
    has_topup: bool


def lock_expiring_cards(
    session: Session, *, since: date, until: date, without_renewals: Collection[str], after_id: int, limit: int
) -> list[ExpiringCard]:
    """
    Return cards whose last day lies in a period and of which their accounts have not heard, by id, locked.

    Only those whose account is charged for something: by the first card of a gateway for a live subscription that will
    be renewed, or by any for auto top-up. Cards that another worker holds are left to it.

    Args:
        session: of the transaction.
        since: the first such day.
        until: the last one.
        without_renewals: gateways that let nobody charge without the buyer.
        after_id: those with a higher id alone.
        limit: at most so many.
    """
    newer = _METHODS.alias("newer")
    is_first = ~exists().where(
        newer.c.account == _METHODS.c.account,
        newer.c.gateway == _METHODS.c.gateway,
        newer.c.ended_at.is_(None),
        newer.c.preferred_at > _METHODS.c.preferred_at,
    )
    is_renewed = exists().where(
        _SUBSCRIPTIONS.c.account == _METHODS.c.account,
        _SUBSCRIPTIONS.c.gateway == _METHODS.c.gateway,
        _SUBSCRIPTIONS.c.status.in_(sorted(LIVE_STATUSES)),
        ~_SUBSCRIPTIONS.c.cancel_at_period_end,
    )
    pays_subscription = (is_first & is_renewed).label("pays_subscription")
    has_topup = exists().where(_TOPUPS.c.account == _METHODS.c.account, _TOPUPS.c.is_on).label("has_topup")
    rows = session.execute(
        select(*columns_of(StoredMethod, _METHODS), pays_subscription, has_topup)
        .where(_METHODS.c.ended_at.is_(None), _METHODS.c.expires_on.between(since, until))
        .where(_METHODS.c.warned_for.is_distinct_from(_METHODS.c.expires_on), _METHODS.c.id > after_id)
        .where(_METHODS.c.gateway.not_in(sorted(without_renewals)))
        .where(or_(pays_subscription.element, has_topup.element))
        .order_by(_METHODS.c.id)
        .limit(limit)
        .with_for_update(of=_METHODS, skip_locked=True)
    )
    return [ExpiringCard(record_of(StoredMethod, _METHODS, row), row.pays_subscription, row.has_topup) for row in rows]


def mark_warned(session: Session, method_id: int, last_day: date) -> None:
    """Note that an account has heard of the last day of a card."""
    session.execute(update(_METHODS).where(_METHODS.c.id == method_id).values(warned_for=last_day))
