"""Cards that end soon: whoever is charged by one hears of it, once for each card and last day."""

from datetime import timedelta

from domain.notices.content import CardExpiring
from domain.notices.notice import NoticeKind
from store.engine import Session
from store.minutes.save import save
from store.subscriptions.card_expiring import lock_expiring_cards, mark_warned
from workers.context import Context
from workers.facts import Facts

WITHIN = timedelta(days=30)
"""How long before its last day a card is told of."""

CHUNK = 200


def warn_of_expiring_cards(context: Context) -> dict[str, int]:
    """
    Owe a notice for every card that ends within 30 days and pays a live subscription or an auto top-up.

    Returns:
        How many notices are owed now.
    """
    warned = 0
    while not context.stopping.is_set():
        chunk = context.transact(lambda session: _warn(session, context))
        warned += chunk
        if chunk < CHUNK:
            break
    return {"warned": warned}


def _warn(session: Session, context: Context) -> int:
    facts = Facts(context.clock())
    today = facts.at.date()
    cards = lock_expiring_cards(session, since=today, until=today + WITHIN, limit=CHUNK)
    for card in cards:
        assert card.expires_on is not None
        content = CardExpiring(card.label, card.gateway, card.expires_on)
        facts.owe(NoticeKind.CARD_EXPIRING, card.account_id, f"{card.id}-{card.expires_on}", content)
        mark_warned(session, card.id, card.expires_on)
    save(session, (), facts)
    return len(cards)
