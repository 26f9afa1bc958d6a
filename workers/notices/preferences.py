"""How accounts want to hear of things is saved: by Screph's messages, and by the link in a mail."""

from datetime import time

from domain.minutes.book import Book
from domain.minutes.rules import Rules
from domain.minutes.standing import Standing
from domain.notices.delivery import Channel
from domain.notices.unsubscribe import Unsubscription, read_token
from messages.notices.requests import NoticePreferencesSetRequested, PushSubscribed, PushUnsubscribed
from store.engine import Session
from store.minutes.book import lock_account
from store.notices.preference import end_push_subscription, save_choices, save_preference, save_push_subscription
from workers.context import Context
from workers.facts import Facts
from workers.judged import judge_event


def set_preferences(
    session: Session, book: Book, event: NoticePreferencesSetRequested, facts: Facts, rules: Rules
) -> None:
    """
    Save what an account has chosen; not of a closed one.

    Raises:
        MessageRejected: it is from the future, and would outweigh every later choice until that moment.
    """
    judge_event(event, rules, now=facts.at)
    if book.standing is Standing.CLOSED:
        # It hears of nothing any more, and what it had chosen is erased.
        return
    data = event.data
    for wish in data.wishes:
        save_preference(session, book.account_number, wish.kind, wish.channel, is_wanted=wish.is_wanted, at=event.time)
    choices: dict[str, object] = {}
    if data.quiet_from is not None and data.quiet_until is not None:
        choices |= {
            "quiet_from": time.fromisoformat(data.quiet_from),
            "quiet_until": time.fromisoformat(data.quiet_until),
        }
    if data.low_balance_seconds is not None:
        choices["low_balance_seconds"] = data.low_balance_seconds
        # The same batch may hold usage of this account.
        book.low_balance_seconds = data.low_balance_seconds
    save_choices(session, book.account_number, choices)


def subscribe_push(session: Session, book: Book, event: PushSubscribed, facts: Facts, rules: Rules) -> None:
    """
    Save a browser that takes web push; not of a closed account.

    Raises:
        MessageRejected: it is from the future.
    """
    judge_event(event, rules, now=facts.at)
    if book.standing is Standing.CLOSED:
        # Its person is erased, and so are the addresses of their browsers.
        return
    keys = event.data.keys.model_dump()
    save_push_subscription(session, book.account_number, event.data.endpoint, keys, at=event.time)


def unsubscribe_push(session: Session, book: Book, event: PushUnsubscribed, facts: Facts, rules: Rules) -> None:
    """
    Save that a browser takes no web push any more.

    Raises:
        MessageRejected: it is from the future.
    """
    judge_event(event, rules, now=facts.at)
    end_push_subscription(session, book.account_number, event.data.endpoint, at=event.time)


def unsubscribe(context: Context, token: str) -> Unsubscription:
    """
    Unsubscribe an account from a kind of mail, by the link in one.

    Not by a claimed message: whoever has subscribed again and clicks the old link once more wants it once more.

    Args:
        context: its channels have the secret that has signed the link.
        token: the end of the link.

    Raises:
        UnableToVerify: it is no link of ours.
    """
    said = read_token(token, secret=context.channels.unsubscribe_secret)

    def save(session: Session) -> None:
        account = lock_account(session, said.account_id)
        save_preference(session, account, said.kind, Channel.MAIL, is_wanted=False, at=context.clock())

    context.transact(save)
    return said
