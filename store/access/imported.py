"""Imported users and tokens in the store: written set by set, and left alone where they are there already."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from store.json_rows import json_rows


def describe_imported(session: Session, users: Iterable[dict[str, Any]], *, at: datetime) -> int:
    """
    Save names and addresses of accounts of which nothing was said yet, and return of how many.

    Args:
        session: the transaction in which the accounts were opened.
        users: `id`, `username`, `email`, `opened_at`.
        at: aware UTC; what Screph says later outweighs this.
    """
    rows = json_rows(users)
    return len(session.execute(_DESCRIBE, {"users": rows, "at": at}).all()) if rows != "[]" else 0


def save_imported_tokens(session: Session, tokens: Iterable[dict[str, Any]]) -> int:
    """
    Add tokens of accounts that are not there yet, and return how many.

    Args:
        session: the transaction in which the accounts were opened.
        tokens: `account`, `sha256` in hexadecimal digits, `last_four`, `scopes`, `created_at`.
    """
    rows = json_rows(tokens)
    return len(session.execute(_TOKENS, {"tokens": rows}).all()) if rows != "[]" else 0


_DESCRIBE = text("""
    UPDATE account SET username = said.username, email = said.email, described_at = :at,
           opened_at = least(account.opened_at, said.opened_at)
    FROM json_to_recordset(CAST(:users AS json)) AS said (id text, username text, email text, opened_at timestamptz)
    WHERE account.id = said.id AND account.described_at IS NULL AND account.closed_at IS NULL
    RETURNING account.number
""")

_TOKENS = text("""
    INSERT INTO token (account, kind, sha256, last_four, scopes, created_at)
    SELECT account.number, 'user', decode(said.sha256, 'hex'), said.last_four, said.scopes, said.created_at
    FROM json_to_recordset(CAST(:tokens AS json)) AS said (
        account text, sha256 text, last_four text, scopes text, created_at timestamptz)
    JOIN account ON account.id = said.account AND account.closed_at IS NULL
    ON CONFLICT (sha256) DO NOTHING
    RETURNING number
""")
