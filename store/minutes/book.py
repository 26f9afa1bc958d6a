"""Accounts' books: opened under a lock, with what a decision needs to know."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.minutes.book import Book
from domain.minutes.package import Package, PackageKind, PackageState

# The id as text: as a uuid the driver would make an object of it, and we a text of that.
PACKAGE_COLUMNS = (
    "package.id::text, package.account_id, package.kind, package.priority, package.activated_at, "
    "package.expires_at, package.granted_seconds, package.left_seconds, package.consumed_seconds, "
    "package.held_seconds, package.frozen_seconds, package.expired_seconds, package.voided_seconds, package.state"
)


# Three statements in one round trip. Accounts are opened and then locked in the order of their ids, by
# everybody, so nobody waits in a circle; the last statement has a snapshot of its own, taken after the locks.
_OPEN = text(f"""
    INSERT INTO account (id)
    SELECT wanted.id FROM unnest(CAST(:ids AS text[])) AS wanted (id)
    WHERE NOT EXISTS (SELECT FROM account WHERE account.id = wanted.id)
    ORDER BY wanted.id
    ON CONFLICT DO NOTHING;

    SELECT FROM account WHERE id = ANY(CAST(:ids AS text[])) ORDER BY id FOR NO KEY UPDATE;

    SELECT account.id AS owner_id, account.sequence, account.debt_seconds, {PACKAGE_COLUMNS}
    FROM account LEFT JOIN package ON package.account_id = account.id AND package.has_left
    WHERE account.id = ANY(CAST(:ids AS text[]))
""")


_DEBTS = text("""
    SELECT account_id, usage_id, sum(seconds) FROM entry
    WHERE account_id = ANY(:ids) AND package_id IS NULL AND kind <> 'forgiven'
    GROUP BY account_id, usage_id HAVING sum(seconds) > 0
    ORDER BY min(id)
""")


def open_books(session: Session, account_ids: Iterable[str]) -> dict[str, Book]:
    """
    Open the books of accounts and lock them until the end of the transaction.

    An unknown account is opened. A book holds the packages with something left, and
    the open debts.

    Args:
        session: the transaction in which the books will be kept.
        account_ids: Screph's ids, in any order.
    """
    books: dict[str, Book] = {}
    for row in session.execute(_OPEN, {"ids": sorted(set(account_ids))}).all():
        book = books.get(row[0])
        if book is None:
            book = books[row[0]] = Book(row[0], sequence=row[1], debt_seconds=row[2])
        if row[3] is not None:
            book.packages[row[3]] = package_from(row[3:])
    indebted = [book.account_id for book in books.values() if book.debt_seconds]
    if indebted:
        for account_id, usage_id, seconds in session.execute(_DEBTS, {"ids": indebted}):
            books[account_id].debts[usage_id] = int(seconds)
    return books


def add_packages(session: Session, book: Book, package_ids: Iterable[str]) -> None:
    """Add packages to a book that have nothing left, for a reversal that gives back to them."""
    missing = [package_id for package_id in package_ids if package_id not in book.packages]
    if missing:
        rows = session.execute(
            text(f"SELECT {PACKAGE_COLUMNS} FROM package WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": missing}
        )
        book.packages.update((row[0], package_from(row)) for row in rows)


def package_from(row: Sequence[Any]) -> Package:
    """Return the package of a row with `PACKAGE_COLUMNS`."""
    return Package(
        row[0],
        row[1],
        _KINDS[row[2]],
        row[3],
        row[4],
        row[5],
        row[6],
        row[7],
        row[8],
        row[9],
        row[10],
        row[11],
        row[12],
        _STATES[row[13]],
    )


# Calling an enumeration to look up a value is slow, and this is done for every package of every batch.
_KINDS = {kind.value: kind for kind in PackageKind}


_STATES = {state.value: state for state in PackageState}


def open_book(session: Session, account_id: str, *package_ids: str | None) -> Book:
    """Open and lock the book of one account, with some packages whether they have something left or not."""
    book = open_books(session, {account_id})[account_id]
    add_packages(session, book, [package_id for package_id in package_ids if package_id])
    return book
