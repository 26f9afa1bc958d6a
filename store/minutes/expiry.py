"""Packages that time has to do with: what is to be announced of them, and which rests are to be booked as expired."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select, text, tuple_
from sqlmodel import Session

from domain.minutes.announce import Announcement
from domain.minutes.book import Book
from store.json_rows import json_rows, plain_array
from store.records import table_of
from store.tables import AccountRow, PackageRow

_ACCOUNTS = table_of(AccountRow)
_PACKAGES = table_of(PackageRow)


class Position(NamedTuple):
    """A place in the order in which packages are due: a moment, and the number of a package."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class DueAccounts:
    """Accounts that are locked until the end of the transaction; `last` is the position of the last package found."""

    account_ids: frozenset[str]
    last: Position | None


@dataclass(frozen=True, slots=True)
class DuePackage:
    """A package of which something is to be announced; `announce_at` is since when."""

    number: int
    account: int
    id: str
    announce_at: datetime


def lock_accounts_to_announce(session: Session, *, now: datetime, after: Position | None, limit: int) -> DueAccounts:
    """
    Lock accounts with packages of which something is to be announced.

    Accounts that another worker has locked are left out, so nobody waits; they stay due. What is found in one run is
    found by going forwards, so that it costs the same however many were due before.

    Args:
        session: the transaction in which it is announced.
        now: aware UTC.
        after: where the chunk before ended; None begins.
        limit: packages at the most.
    """
    return _lock(session, due_to_announce(now=now, after=after, limit=limit))


def lock_accounts_to_book(
    session: Session, *, ended_before: datetime, after: Position | None, limit: int
) -> DueAccounts:
    """Lock accounts with packages that ended before a moment and have seconds left; as `lock_accounts_to_announce`."""
    return _lock(session, due_to_book(ended_before=ended_before, after=after, limit=limit))


def due_to_announce(*, now: datetime, after: Position | None, limit: int) -> Select[Any]:
    """Return the query that finds and locks what is to be announced."""
    at = _PACKAGES.c.announce_at
    return _due(at, at <= now, after=after, limit=limit)


def due_to_book(*, ended_before: datetime, after: Position | None, limit: int) -> Select[Any]:
    """Return the query that finds and locks what is to be booked as expired."""
    at = _PACKAGES.c.expires_at
    return _due(at, at < ended_before, after=after, limit=limit)


def find_due_packages(session: Session, books: Iterable[Book], *, now: datetime) -> list[DuePackage]:
    """Return the packages of open books of which something is to be announced."""
    accounts = plain_array(book.account_number for book in books)
    rows = session.execute(_DUE_PACKAGES, {"accounts": accounts, "now": now})
    return [DuePackage(*row) for row in rows]


def save_announced(session: Session, announced: Sequence[tuple[DuePackage, Announcement]], *, now: datetime) -> None:
    """Note what was announced of packages, and when something is announced of them next."""
    rows = [
        {
            "number": package.number,
            "account": package.account,
            "announce_at": announcement.next_at,
            "ended_at": now if announcement.has_ended else None,
        }
        for package, announcement in announced
    ]
    if rows:
        session.execute(_SAVE_ANNOUNCED, {"packages": json_rows(rows)})


# OFFSET 0 for the reason that `store.hot_path.READ_BOOKS` has.
_DUE_PACKAGES = text("""
    SELECT package.number, package.account, package.id::text, package.announce_at
    FROM unnest(CAST(:accounts AS integer[])) AS wanted (account)
    CROSS JOIN LATERAL (SELECT * FROM package WHERE package.account = wanted.account AND package.has_left
                        OFFSET 0) AS package
    WHERE package.announce_at <= :now
""")

_SAVE_ANNOUNCED = text("""
    UPDATE package SET announce_at = saved.announce_at,
           expiry_announced_at = coalesce(saved.ended_at, package.expiry_announced_at)
    FROM json_to_recordset(CAST(:packages AS json)) AS saved (
        number integer, account integer, announce_at timestamptz, ended_at timestamptz)
    WHERE package.number = saved.number AND package.account = saved.account
""")


def _due(
    at: ColumnElement[datetime], is_due: ColumnElement[bool], *, after: Position | None, limit: int
) -> Select[Any]:
    place = (at, _PACKAGES.c.number)
    is_next = is_due if after is None else and_(is_due, tuple_(*place) > tuple_(*after))
    return (
        select(_ACCOUNTS.c.id, *place)
        .join(_PACKAGES, _PACKAGES.c.account == _ACCOUNTS.c.number)
        .where(_PACKAGES.c.has_left, at.is_not(None), is_next)
        .order_by(*place)
        .limit(limit)
        # Whoever waits for nobody may lock in this order, although all others lock accounts in that of their ids.
        .with_for_update(of=_ACCOUNTS, key_share=True, skip_locked=True)
    )


def _lock(session: Session, due: Select[Any]) -> DueAccounts:
    rows = session.execute(due).all()
    last = Position(rows[-1][1], rows[-1][2]) if rows else None
    return DueAccounts(frozenset(row[0] for row in rows), last)
