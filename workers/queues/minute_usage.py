"""Queue `minute-usage`: usage, requests to spend, corrections, grants and registrations, in batches."""

from collections.abc import Sequence

from domain.minutes.book import Book
from messages.access.requests import AccountRegistered
from messages.access.standing import AccountBlockRequested, AccountUnblockRequested
from messages.errors import MessageRejected
from messages.minutes.requests import PackageGrantRequested, SpendRequested, UsageReported, UsageReversed
from messages.notices.requests import NoticePreferencesSetRequested, PushSubscribed, PushUnsubscribed
from messages.read import Event
from messages.statistics.requests import UsageDayReported
from store.engine import Session
from workers.access.account import register_account
from workers.access.standing import block_account, unblock_account
from workers.context import Context
from workers.facts import Facts
from workers.minutes.batch import BookEvent, apply_batch
from workers.minutes.booked import Booked
from workers.minutes.grant import grant_package
from workers.minutes.reverse import reverse_usage
from workers.minutes.usage import report_usage, request_spend
from workers.notices.preferences import set_preferences, subscribe_push, unsubscribe_push
from workers.outcome import Outcome
from workers.statistics.usage_day import report_day


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Apply events in their order and return what became of each.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    return apply_batch(context, events, booking_by(context))


def booking_by(context: Context) -> BookEvent:
    """Return what each event does by the rules of this installation."""
    rules = context.rules

    def book_event(session: Session, book: Book, event: Event, message_id: int, facts: Facts) -> Booked:
        match event.envelope:
            case UsageReported() as reported:
                return report_usage(book, reported, message_id, facts, rules)
            case SpendRequested() as asked:
                return request_spend(book, asked, message_id, facts, rules)
            case UsageReversed() as correction:
                return reverse_usage(session, book, correction, message_id, facts, rules)
            case PackageGrantRequested() as grant:
                return grant_package(book, grant, message_id, facts)
            case _:
                return _book_account(session, book, event, (message_id, facts), context)

    return book_event


def _book_account(session: Session, book: Book, event: Event, message: tuple[int, Facts], context: Context) -> Booked:
    """Let what is said of an account take effect: it moves no minutes."""
    (message_id, facts), rules = message, context.rules
    match event.envelope:
        case AccountRegistered() as registered:
            register_account(session, book, registered, facts, rules)
            return Booked()
        case AccountBlockRequested() as wanted:
            return Booked(answer=block_account(session, book, wanted, message_id, facts))
        case AccountUnblockRequested() as wanted:
            return Booked(answer=unblock_account(session, book, wanted, message_id, facts))
        case NoticePreferencesSetRequested() as chosen:
            set_preferences(session, book, chosen, facts, rules)
            return Booked()
        case PushSubscribed() as subscribed:
            subscribe_push(session, book, subscribed, facts, rules)
            return Booked()
        case PushUnsubscribed() as unsubscribed:
            unsubscribe_push(session, book, unsubscribed, facts, rules)
            return Booked()
        case UsageDayReported() as day:
            return Booked(answer=report_day(session, book, day, (message_id, facts.at), context.business_zone))
        case other:
            raise MessageRejected("UnknownType", f"queue minute-usage has no handler for {other.type}")
