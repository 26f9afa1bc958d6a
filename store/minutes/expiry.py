"""Packages whose time is over: which are to be told of, and which are to be booked."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session


def accounts_to_announce(session: Session, *, now: datetime, limit: int, without: Collection[str] = ()) -> set[str]:
    """Return accounts, but some, with packages that have ended and whose end was not told yet."""
    rows = session.execute(
        text("""
            SELECT account_id FROM package
            WHERE expiry_announced_at IS NULL AND expires_at <= :now AND account_id <> ALL(CAST(:without AS text[]))
            ORDER BY expires_at LIMIT :limit
        """),
        {"now": now, "limit": limit, "without": list(without)},
    )
    return set(rows.scalars())


def mark_announced(session: Session, account_ids: Iterable[str], *, now: datetime) -> list[tuple[str, str]]:
    """
    Mark the ended packages of accounts as told, and return `(account_id, package_id)` of each.

    To be called with the accounts' books open, so that each end is told once.
    """
    rows = session.execute(
        text("""
            UPDATE package SET expiry_announced_at = :now
            WHERE account_id = ANY(:ids) AND expiry_announced_at IS NULL AND expires_at <= :now
            RETURNING account_id, id::text
        """),
        {"now": now, "ids": list(account_ids)},
    )
    return [(account_id, package_id) for account_id, package_id in rows]


def accounts_to_book(
    session: Session, *, ended_before: datetime, limit: int, without: Collection[str] = ()
) -> set[str]:
    """Return accounts, but some, with packages that ended before a moment and have something left."""
    rows = session.execute(
        text("""
            SELECT account_id FROM package
            WHERE has_left AND expires_at < :ended_before AND account_id <> ALL(CAST(:without AS text[]))
            ORDER BY expires_at LIMIT :limit
        """),
        {"ended_before": ended_before, "limit": limit, "without": list(without)},
    )
    return set(rows.scalars())
