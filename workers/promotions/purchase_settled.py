"""A purchase was paid or given back: programmes and referrals follow it, by what it is now."""

from typing import Any

from messages.promotions.reminders import PromotionPurchaseSettled
from messages.read import Event
from store.engine import Session
from store.identity import accounts_of_person
from store.minutes.book import open_books
from store.minutes.save import save
from store.promotions.purchase import find_purchase
from store.promotions.referral import find_referral
from workers.context import Context
from workers.facts import Facts
from workers.promotions.programme import reverse_awards, reward_purchase
from workers.promotions.referral import follow_friend, open_referral


def follow_purchase(context: Context, event: Event) -> dict[str, Any]:
    """
    Give what a purchase has earned, or take it back; doing so again changes nothing.

    The books of the buyer and of whoever has invited them are opened together, in the order in which everybody locks
    accounts; an order only changes under its account's lock, so it is read afterwards.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, PromotionPurchaseSettled)

    def work(session: Session) -> None:
        facts = Facts(context.clock())
        facts.name_cause(envelope)
        buyer_id = envelope.subject
        before = find_referral(session, friend_id=buyer_id)
        books = open_books(session, {buyer_id} | ({before.referrer_id} if before else set()))
        purchase = find_purchase(session, envelope.data.order_id)
        if purchase is None or not purchase.counts:
            return
        book = books[buyer_id]
        persons = accounts_of_person(session, book.account_number)
        if purchase.is_given_back:
            reverse_awards(session, book, purchase, persons, facts)
        else:
            reward_purchase(session, book, purchase, persons, facts)
        # An account is attributed before it buys, so one that was not a moment ago was not when it paid.
        if before is not None:
            follow_friend(open_referral(session, books, buyer_id, facts), purchase, persons)
        facts.emit_balances(books.values())
        save(session, books.values(), facts)

    context.transact(work)
    return {}
