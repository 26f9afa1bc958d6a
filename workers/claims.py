"""Claims: handlers are idempotent, because each message and each gateway update is claimed once."""

from collections.abc import Iterable
from hashlib import sha256

from boot.traces import traceparent_now
from domain.minutes.book import Book
from messages.envelope import AboutAccount
from messages.errors import MessageRejected
from messages.read import Event
from store.engine import Session
from store.inbox import NO_ACCOUNT, Arrival, Key, Known, claim_across_accounts, claim_messages
from store.minutes.book import lock_account


def arrival_of(event: Event, account: int) -> Arrival:
    """Return an event as the inbox wants it; `account` is the number of its account."""
    envelope = event.envelope
    return Arrival(
        Key(envelope.source, envelope.id), envelope.type, event.sha256, account, traceparent_now(envelope.traceparent)
    )


def claim(session: Session, event: Event) -> int | Known:
    """
    Claim a message, with its account locked; return its new id, or what is known of it.

    Raises:
        MessageRejected: its id was used before with other content.
    """
    envelope = event.envelope
    account = lock_account(session, envelope.subject) if isinstance(envelope, AboutAccount) else NO_ACCOUNT
    arrival = arrival_of(event, account)
    claims = claim_messages(session, [arrival])
    if arrival.key in claims.fresh:
        return claims.fresh[arrival.key]
    known = claims.known[arrival.key]
    if not known.has_content(event.sha256):
        raise other_content(event)
    return known


def other_content(event: Event) -> MessageRejected:
    """Return the error for a message whose id was used before for something else, or for another account."""
    return MessageRejected(
        "SameIdOtherContent",
        f"id {event.envelope.id} of {event.envelope.source} was used before with other content; "
        "a different event needs a different id",
    )


def claim_gateway_event(session: Session, book: Book, gateway: str, what: str, kind: str) -> int | None:
    """
    Claim a gateway update, such as `paid:pi_1`, for ever; None when it was claimed before, for any account.

    So whoever reports it again, a webhook, a poll or our own call, has no second effect.

    Args:
        session: the transaction in which it takes effect.
        book: of the account that it is about, open.
        gateway: its name.
        what: the update, unique for ever within the gateway.
        kind: the type under which the inbox has it.
    """
    return claim_gateway_events(session, [(book, gateway, what)], kind).get((gateway, what))


def claim_gateway_events(
    session: Session, updates: Iterable[tuple[Book, str, str]], kind: str
) -> dict[tuple[str, str], int]:
    """Claim gateway updates, each with its book, by gateway and update; those claimed before are left out."""
    arrivals = {
        (gateway, what): Arrival(
            Key(f"gateway/{gateway}", what),
            kind,
            sha256(f"{gateway}\0{what}".encode()).digest(),
            book.account_number,
            traceparent_now(),
        )
        for book, gateway, what in updates
    }
    claimed = claim_across_accounts(session, arrivals.values())
    return {update: claimed[arrival.key] for update, arrival in arrivals.items() if arrival.key in claimed}
