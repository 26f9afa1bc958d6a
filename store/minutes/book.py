"""Accounts' books: opened under a lock, with what a decision needs to know."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from domain.minutes.balance_level import BalanceLevel
from domain.minutes.book import Book
from domain.minutes.package import Package, PackageKind, PackageState
from domain.minutes.standing import Standing
from store.hot_path import DEBTS, HASTY_OPEN_BOOKS, OPEN_BOOKS
from store.json_rows import plain_array, text_array
from store.prepared import run
from store.tables import PackageRow


def open_books(session: Session, account_ids: Iterable[str], *, lock_wait_ms: int | None = None) -> dict[str, Book]:
    """
    Open the books of accounts and lock them until the end of the transaction.

    An unknown account is opened. A book holds the packages with something left, and
    the open debts.

    Args:
        session: the transaction in which the books will be saved.
        account_ids: Screph's ids, in any order.
        lock_wait_ms: how long the transaction waits for each lock; None: as long as any other one.

    Raises:
        Conflict: by way of `transaction`; somebody has held a lock for longer.
    """
    books: dict[str, Book] = {}
    ids = {"ids": text_array(sorted(set(account_ids)))}
    if lock_wait_ms is None:
        rows = run(session, OPEN_BOOKS, ids).all()
    else:
        rows = run(session, HASTY_OPEN_BOOKS, ids | {"lock_wait": f"{lock_wait_ms}ms"}).all()
    for (
        account_id,
        number,
        sequence,
        debt_seconds,
        last_entry_id,
        forgiven,
        low,
        level,
        topup,
        standing,
        *package,
    ) in rows:
        book = books.get(account_id)
        if book is None:
            book = books[account_id] = Book(
                account_id,
                number,
                sequence,
                debt_seconds=debt_seconds,
                last_entry_id=last_entry_id,
                forgiven=forgiven or {},
            )
            if low is not None:
                book.low_balance_seconds = low
            if level is not None:
                book.balance_level = _LEVELS[level]
            book.topup_below_seconds = topup
            if standing is not None:
                book.standing = _STANDINGS[standing]
        if package[0] is not None:
            found = _package(account_id, package)
            book.packages[found.id] = found
    indebted = {book.account_number: book for book in books.values() if book.debt_seconds}
    if indebted:
        for number, usage_id, seconds in run(session, (DEBTS,), {"accounts": plain_array(indebted)}):
            indebted[number].debts[usage_id] = int(seconds)
    return books


def open_book(session: Session, account_id: str, *package_ids: str | None) -> Book:
    """Open and lock the book of one account, with some packages whether they have something left or not."""
    book = open_books(session, {account_id})[account_id]
    add_packages(session, book, [package_id for package_id in package_ids if package_id])
    return book


def add_packages(session: Session, book: Book, package_ids: Iterable[str]) -> None:
    """Add packages to a book that have nothing left, for a reversal that gives back to them."""
    missing = [package_id for package_id in package_ids if package_id not in book.packages]
    if missing:
        rows = session.exec(
            select(PackageRow).where(PackageRow.account == book.account_number, col(PackageRow.id).in_(missing))
        )
        book.packages.update((row.id, package_of(row, book.account_id)) for row in rows)


def add_packages_to(session: Session, books: Mapping[str, Book], package_ids: Mapping[str, str]) -> None:
    """Add a package to each of many books, by account, whether it has something left or not; in one query."""
    missing = {
        books[account_id].account_number: account_id
        for account_id, package_id in package_ids.items()
        if package_id not in books[account_id].packages
    }
    if missing:
        wanted = col(PackageRow.id).in_([package_ids[account_id] for account_id in missing.values()])
        for row in session.exec(select(PackageRow).where(col(PackageRow.account).in_(missing), wanted)):
            account_id = missing[row.account]
            books[account_id].packages[row.id] = package_of(row, account_id)


def lock_account(session: Session, account_id: str) -> int:
    """Open an account if nobody has, lock it until the end of the transaction, and return its number."""
    number: int = session.execute(_LOCK_ACCOUNT, {"id": account_id}).scalar_one()
    return number


def package_of(row: PackageRow, account_id: str) -> Package:
    """Return the package of a row; `account_id` is Screph's id of its owner."""
    return Package(
        id=row.id,
        account_id=account_id,
        kind=PackageKind(row.kind),
        priority=row.priority,
        activated_at=row.activated_at,
        expires_at=row.expires_at,
        granted_seconds=row.granted_seconds,
        left_seconds=row.left_seconds,
        consumed_seconds=row.consumed_seconds,
        held_seconds=row.held_seconds,
        frozen_seconds=row.frozen_seconds,
        expired_seconds=row.expired_seconds,
        voided_seconds=row.voided_seconds,
        state=PackageState(row.state),
        number=row.number,
    )


# For the hot path, by position: a row object and its fields by name would take four times as long.
def _package(account_id: str, row: Sequence[Any]) -> Package:
    number, package_id, kind, priority, activated_at, expires_at, granted, left, consumed, held, *rest = row
    frozen, expired, voided, state = rest
    return Package(
        package_id,
        account_id,
        _KINDS[kind],
        priority,
        activated_at,
        expires_at,
        granted,
        left,
        consumed,
        held,
        frozen,
        expired,
        voided,
        _STATES[state],
        number,
    )


# Calling an enumeration to look up a value is slow, and this is done for every package of every batch.
_KINDS = {kind.value: kind for kind in PackageKind}


_STATES = {state.value: state for state in PackageState}


_LEVELS = {level.value: level for level in BalanceLevel}


_STANDINGS = {standing.value: standing for standing in Standing}


# One round trip; the lock is a statement of its own, with a snapshot that has the account of a concurrent insert.
_LOCK_ACCOUNT = text("""
    INSERT INTO account (id) SELECT :id WHERE NOT EXISTS (SELECT FROM account WHERE id = :id) ON CONFLICT DO NOTHING;
    SELECT number FROM account WHERE id = :id FOR NO KEY UPDATE
""")
