"""Accounts: what Screph says of a user is saved."""

from domain.minutes.book import Book
from domain.minutes.rules import Rules
from domain.minutes.standing import Standing
from messages.access.requests import AccountRegistered
from messages.promotions.referrals import ReferralAttributionRequested
from store.access.account import describe_account
from store.engine import Session
from workers.facts import Facts
from workers.judged import judge_event


def register_account(session: Session, book: Book, event: AccountRegistered, facts: Facts, rules: Rules) -> None:
    """
    Save what Screph says of a user; who has invited them is attributed by a message of the same transaction.

    Of a closed account nothing is saved.

    Raises:
        MessageRejected: it is from the future, and would outweigh every later message until that moment.
    """
    judge_event(event, rules, now=facts.at)
    if book.standing is Standing.CLOSED:
        # What was known of the person is erased, and a message that comes late must not bring it back.
        return
    if describe_account(session, book.account_number, event.data.model_dump(), at=event.time):
        invited_by = {"referrer": event.data.referrer}
        facts.emit_internal(ReferralAttributionRequested, book.account_id, invited_by, f"referrer-{book.account_id}")
