"""Announcing: starts and ends of packages become facts and notices on time, and warnings go out before the end."""

from collections import Counter
from collections.abc import Set
from datetime import datetime

from domain.minutes.announce import Announcement, announcement
from domain.minutes.book import Book
from domain.minutes.package import Package, PackageKind
from domain.notices.content import PackageExpired as PackageExpiredNotice
from domain.notices.content import PackageExpiring, PackageStarting
from domain.notices.notice import NoticeKind
from messages.minutes.facts import PackageExpired, PackageStarted
from store.engine import Session
from store.minutes.book import open_books
from store.minutes.expiry import DueAccounts, Position, find_due_packages, lock_accounts_to_announce, save_announced
from store.minutes.save import save
from workers.context import Context
from workers.facts import Facts
from workers.minutes.chunks import handle_in_chunks


def announce_due(context: Context) -> Counter[str]:
    """
    Announce what is due of packages with something left: starts, warnings, ends.

    Args:
        context: its clock says what is due.

    Returns:
        How many packages have `started`, were `warned` of, and have `ended`.

    Source: domain/minutes/README.md, "Expiry".
    """
    now = context.clock()

    def lock(session: Session, after: Position | None, limit: int) -> DueAccounts:
        return lock_accounts_to_announce(session, now=now, after=after, limit=limit)

    return handle_in_chunks(context, lock, lambda session, account_ids: _announce(session, account_ids, now))


def _announce(session: Session, account_ids: Set[str], now: datetime) -> Counter[str]:
    books = open_books(session, account_ids)
    by_number = {book.account_number: book for book in books.values()}
    facts, done, announced = Facts(now), Counter[str](), []
    for due in find_due_packages(session, books.values(), now=now):
        book = by_number[due.account]
        package = book.packages[due.id]
        said = announcement(package, since=due.announce_at, now=now)
        _emit(facts, book, package, said)
        announced.append((due, said))
        done.update(started=said.has_started, warned=said.warning_days is not None, ended=said.has_ended)
    save_announced(session, announced, now=now)
    facts.emit_balances(books.values())
    save(session, books.values(), facts)
    return done


def _emit(facts: Facts, book: Book, package: Package, said: Announcement) -> None:
    if said.has_started:
        book.changed_by_time = True
        _emit_start(facts, package, has_ended=said.has_ended)
    if said.warning_days is not None and package.expires_at is not None:
        expiring = PackageExpiring(
            package.id, package.kind, package.left_seconds, package.expires_at, days=said.warning_days
        )
        facts.owe(NoticeKind.PACKAGE_EXPIRING, book.account_id, f"{package.id}:{said.warning_days}", expiring)
    if said.has_ended:
        book.changed_by_time = True
        _emit_end(facts, package)


def _emit_start(facts: Facts, package: Package, *, has_ended: bool) -> None:
    data = {
        "package_id": package.id,
        "kind": package.kind,
        "started_at": package.activated_at,
        "left_seconds": package.left_seconds,
        "expires_at": package.expires_at,
    }
    facts.emit(PackageStarted, package.account_id, data)
    # Of a renewal its buyer has heard when it was paid, some hours before.
    if not has_ended and package.kind is not PackageKind.SUBSCRIPTION:
        starting = PackageStarting(
            package.id, package.kind, package.granted_seconds, package.activated_at, package.expires_at
        )
        facts.owe(NoticeKind.PACKAGE_STARTING, package.account_id, package.id, starting)


def _emit_end(facts: Facts, package: Package) -> None:
    data = {
        "package_id": package.id,
        "kind": package.kind,
        "expired_at": package.expires_at,
        "unused_seconds": package.left_seconds,
    }
    facts.emit(PackageExpired, package.account_id, data)
    if package.expires_at is not None:
        facts.note_end(package.account_id, package.expires_at)
        expired = PackageExpiredNotice(package.id, package.kind, package.left_seconds, package.expires_at)
        facts.owe(NoticeKind.PACKAGE_EXPIRED, package.account_id, package.id, expired)
