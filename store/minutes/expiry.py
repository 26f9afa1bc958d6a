"""Packages whose time is over: which are to be announced, and which are to be booked."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from domain.minutes.book import Book
from store.tables import AccountRow, PackageRow


def accounts_to_announce(session: Session, *, now: datetime, limit: int, without: Collection[str] = ()) -> set[str]:
    """Return accounts with ended packages whose end was not announced yet; leave out those in `without`."""
    ended = (col(PackageRow.expiry_announced_at).is_(None), col(PackageRow.expires_at) <= now)
    return _accounts(session, ended, limit=limit, without=without)


def mark_announced(session: Session, books: Iterable[Book], *, now: datetime) -> list[tuple[str, str]]:
    """
    Mark the ended packages of accounts as announced, and return `(account_id, package_id)` of each.

    To be called with the accounts' books open, so that each end is announced once.
    """
    owners = {book.account_number: book.account_id for book in books}
    ended = (
        col(PackageRow.account).in_(owners),
        col(PackageRow.expiry_announced_at).is_(None),
        col(PackageRow.expires_at) <= now,
    )
    marked = session.execute(
        update(PackageRow)
        .where(*ended)
        .values(expiry_announced_at=now)
        .returning(col(PackageRow.account), col(PackageRow.id))
    )
    return [(owners[account], package_id) for account, package_id in marked]


def accounts_to_book(
    session: Session, *, ended_before: datetime, limit: int, without: Collection[str] = ()
) -> set[str]:
    """Return accounts with packages that ended before a moment and have seconds left; leave out those in `without`."""
    ended = (col(PackageRow.has_left), col(PackageRow.expires_at) < ended_before)
    return _accounts(session, ended, limit=limit, without=without)


def _accounts(
    session: Session, ended: tuple[ColumnElement[bool] | Any, ...], *, limit: int, without: Collection[str]
) -> set[str]:
    due = (
        select(AccountRow.id)
        .join(PackageRow, col(PackageRow.account) == col(AccountRow.number))
        .where(*ended, col(AccountRow.id).not_in(without))
        .order_by(col(PackageRow.expires_at))
        .limit(limit)
    )
    return set(session.exec(due))
