"""Reversing: a usage is taken back, and what it took goes to where it came from."""

from domain.ids import package_id_of_message
from domain.minutes.book import Book
from domain.minutes.forgive import with_forgiven
from domain.minutes.grant import new_package
from domain.minutes.package import Package, PackageKind
from domain.minutes.reverse import reverse
from domain.minutes.rules import Rules
from messages.errors import MessageRejected
from messages.minutes.facts import UsageReversedFact
from messages.minutes.requests import UsageReversed
from store.engine import Session
from store.inbox import Answer
from store.minutes.book import add_packages
from store.minutes.usage import BookedUsage, find_usage, mark_reversed
from workers.consume import TooEarly
from workers.facts import Facts
from workers.minutes.booked import Booked
from workers.minutes.grant import write_grant


def reverse_usage(
    session: Session, book: Book, event: UsageReversed, message_id: int, facts: Facts, rules: Rules
) -> Booked:
    """
    Take one usage back.

    Raises:
        MessageRejected: it is another account's usage, or was reversed before; nothing was written.
        TooEarly: the usage is not known yet; nothing was written.

    Source: domain/minutes/README.md, "Reversal".
    """
    usage = _usage_to_reverse(session, book, event)
    add_packages(session, book, {entry.package_id for entry in usage.entries if entry.package_id})
    undone = reverse(usage.entries, book.packages, usage_id=usage.id, message_id=message_id, now=facts.at)
    book.write_all(undone.entries)
    if undone.unforgiven_seconds:
        book.forgiven = with_forgiven(
            book.forgiven, -undone.unforgiven_seconds, judged_at=usage.judged_at, now=facts.at, rules=rules
        )
    mark_reversed(session, usage, by=message_id)
    support = _compensate(book, event, message_id, facts, undone.expired_again_seconds)
    said = {
        "usage_id": event.data.usage_id,
        "usage_source": event.data.usage_source or event.source,
        "reason": event.data.reason,
        "given_back_seconds": undone.given_back_seconds,
        "expired_again_seconds": undone.expired_again_seconds,
        "cancelled_debt_seconds": undone.cancelled_debt_seconds,
        "support_package_id": support.id if support else None,
        # As it will be read again: a repeat gets this very answer.
        "reversed_at": facts.at.isoformat().replace("+00:00", "Z"),
    }
    facts.emit(UsageReversedFact, book.account_id, said)
    return Booked(answer=Answer(said, is_refusal=False))


def _usage_to_reverse(session: Session, book: Book, event: UsageReversed) -> BookedUsage:
    source, event_id = event.data.usage_source or event.source, event.data.usage_id
    usage = find_usage(session, source=source, event_id=event_id)
    if usage is None:
        raise TooEarly(f"usage {event_id} of {source} is not known (yet)")
    if usage.account != book.account_number:
        raise MessageRejected("OtherAccount", f"usage {event_id} belongs to another account than {book.account_id}")
    if usage.reversed_by is not None:
        raise MessageRejected("AlreadyReversed", f"usage {event_id} of {source} is reversed already")
    return usage


def _compensate(
    book: Book, event: UsageReversed, message_id: int, facts: Facts, expired_again_seconds: int
) -> Package | None:
    if not (event.data.our_fault and expired_again_seconds):
        return None
    package = new_package(
        package_id_of_message(event.source, event.id),
        book.account_id,
        kind=PackageKind.SUPPORT,
        activated_at=facts.at,
    )
    write_grant(facts, book, package, expired_again_seconds, message_id)
    return package
