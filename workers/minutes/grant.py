"""Granting: a new package is filled, and a purchased one pays open debts first."""

from domain.ids import package_id_of_message
from domain.minutes.book import Book
from domain.minutes.debt import Settlement, settle
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.grant import UnableToGrant, new_package
from domain.minutes.package import Package, PackageKind
from messages.errors import MessageRejected
from messages.minutes.facts import PackageGranted
from messages.minutes.requests import PackageGrantRequested
from store.inbox import Answer
from workers.facts import Facts
from workers.minutes.booked import Booked


def grant_package(book: Book, event: PackageGrantRequested, message_id: int, facts: Facts) -> Booked:
    """
    Grant the package that a message asks for.

    Raises:
        MessageRejected: the package could never be used.
    """
    data = event.data
    try:
        package = new_package(
            package_id_of_message(event.source, event.id),
            book.account_id,
            kind=PackageKind(data.kind),
            activated_at=data.activated_at or event.time,
            expires_at=data.expires_at,
            priority=data.priority,
        )
    except UnableToGrant as error:
        raise MessageRejected("EmptyPeriod", str(error)) from error
    write_grant(facts, book, package, data.granted_seconds, message_id)
    return Booked(answer=Answer({"reason": data.reason}, is_refusal=False) if data.reason else None)


def write_grant(facts: Facts, book: Book, package: Package, granted_seconds: int, message_id: int) -> None:
    """
    Fill a new package in an open book, and emit that it was granted.

    Args:
        facts: of the transaction; their moment is that of the grant.
        book: of the package's account.
        package: as `new_package` made it.
        granted_seconds: whole seconds > 0.
        message_id: the message that caused it.

    Source: domain/minutes/README.md, "Debt".
    """
    now = facts.at
    book.add(package)
    book.write(Entry(EntryKind.GRANT, granted_seconds, min(package.activated_at, now), message_id, package.id))
    settlements: tuple[Settlement, ...] = ()
    if package.kind is PackageKind.PURCHASED and not package.has_ended(now):
        settlements = settle(granted_seconds, book.debts)
    for paid in settlements:
        book.write(Entry(EntryKind.SETTLE, -paid.seconds, now, message_id, package.id, paid.usage_id))
        book.write(Entry(EntryKind.DEBT_SETTLED, -paid.seconds, now, message_id, None, paid.usage_id))
    data = {
        "package_id": package.id,
        "kind": package.kind,
        "priority": package.priority,
        "granted_seconds": granted_seconds,
        "settled_debt_seconds": sum(paid.seconds for paid in settlements),
        "activated_at": package.activated_at,
        "expires_at": package.expires_at,
    }
    facts.emit(PackageGranted, book.account_id, data)
