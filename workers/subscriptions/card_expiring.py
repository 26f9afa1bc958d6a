"""Cards that end soon: whoever is charged by one hears of it, once for each card and last day."""

from datetime import timedelta
from typing import NamedTuple

from domain.notices.content import CardExpiring
from domain.notices.notice import NoticeKind
from store.engine import Session
from store.minutes.save import save
from store.subscriptions.card_expiring import ExpiringCard, lock_expiring_cards, mark_warned
from store.subscriptions.topup import find_topup
from workers.context import Context
from workers.facts import Facts
from workers.subscriptions.topup import choose_method

WITHIN = timedelta(days=30)
"""How long before its last day a card is told of."""

CHUNK = 200


class _Done(NamedTuple):
    """How many cards were told of, and the last one that was looked at; None: there was none."""

    warned: int
    last_id: int | None


def warn_of_expiring_cards(context: Context) -> dict[str, int]:
    """
    Owe a notice for every card that ends within 30 days and pays a subscription that is renewed, or an auto top-up.

    Returns:
        How many notices are owed now.
    """
    warned, after_id = 0, 0
    while not context.stopping.is_set():
        done = context.transact(lambda session, after=after_id: _warn(session, context, after))  # type: ignore[misc]
        warned += done.warned
        if done.last_id is None:
            break
        after_id = done.last_id
    return {"warned": warned}


def _warn(session: Session, context: Context, after_id: int) -> _Done:
    facts, warned = Facts(context.clock()), 0
    today = facts.at.date()
    cards = lock_expiring_cards(
        session,
        since=today,
        until=today + WITHIN,
        without_renewals=context.shop.without_renewals,
        after_id=after_id,
        limit=CHUNK,
    )
    for card in cards:
        warned += _warn_of(session, context, card, facts)
    save(session, (), facts)
    return _Done(warned, cards[-1].method.id if cards else None)


def _warn_of(session: Session, context: Context, card: ExpiringCard, facts: Facts) -> bool:
    method, pays_topup = card.method, card.has_topup and _pays_topup(session, context, card)
    if not card.pays_subscription and not pays_topup:
        return False
    assert method.expires_on is not None
    content = CardExpiring(
        method.label, method.gateway, method.expires_on, card.pays_subscription, pays_topup, method.id
    )
    facts.owe(NoticeKind.CARD_EXPIRING, method.account_id, f"{method.id}-{method.expires_on}", content)
    mark_warned(session, method.id, method.expires_on)
    return True


def _pays_topup(session: Session, context: Context, card: ExpiringCard) -> bool:
    topup = find_topup(session, card.method.account_id)
    if topup is None or not topup.is_on:
        return False
    chosen = choose_method(session, context, topup)
    return chosen is not None and chosen.id == card.method.id
