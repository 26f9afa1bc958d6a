"""Keeping what was decided about minutes: every table in one round trip, set-based."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.minutes.book import Book
from domain.minutes.entry import Entry
from store.outbox import PUT_FACTS, Outgoing, facts_parameter
from store.rows import rows


@dataclass(frozen=True, slots=True)
class Usage:
    """One usage as it is booked; `id` is the id its message got in the inbox."""

    id: int
    account_id: str
    used_seconds: int
    burnt_seconds: int
    debt_seconds: int
    forgiven_seconds: int
    occurred_at: datetime
    judged_at: datetime
    policy: str
    is_late: bool = False
    is_requested: bool = False
    session_id: str | None = None
    feature: str | None = None
    metadata: dict[str, Any] | None = None


_USAGES = """
    INSERT INTO usage (id, account_id, used_seconds, burnt_seconds, debt_seconds, forgiven_seconds,
                       occurred_at, judged_at, policy, is_late, is_requested, session_id, feature, extra)
    SELECT * FROM json_to_recordset(CAST(:usages AS json)) AS kept (
        id bigint, account_id text, used_seconds int, burnt_seconds int, debt_seconds int, forgiven_seconds int,
        occurred_at timestamptz, judged_at timestamptz, policy text, is_late boolean, is_requested boolean,
        session_id text, feature text, metadata jsonb)
"""

_ENTRIES = """
    INSERT INTO entry (account_id, kind, seconds, package_id, usage_id, message_id, effective_at)
    SELECT * FROM json_to_recordset(CAST(:entries AS json)) AS kept (
        account_id text, kind text, seconds int, package_id uuid, usage_id bigint, message_id bigint,
        effective_at timestamptz)
"""

_PACKAGES = """
    UPDATE package SET left_seconds = kept.left_seconds, consumed_seconds = kept.consumed_seconds,
           frozen_seconds = kept.frozen_seconds, expired_seconds = kept.expired_seconds,
           voided_seconds = kept.voided_seconds
    FROM json_to_recordset(CAST(:packages AS json)) AS kept (
        id uuid, left_seconds bigint, consumed_seconds bigint, frozen_seconds bigint, expired_seconds bigint,
        voided_seconds bigint)
    WHERE package.id = kept.id
"""

_NEW_PACKAGES = """
    INSERT INTO package (id, account_id, kind, priority, activated_at, expires_at, granted_seconds,
                         left_seconds, consumed_seconds)
    SELECT * FROM json_to_recordset(CAST(:new_packages AS json)) AS kept (
        id uuid, account_id text, kind text, priority int, activated_at timestamptz, expires_at timestamptz,
        granted_seconds bigint, left_seconds bigint, consumed_seconds bigint)
"""

_ACCOUNTS = """
    UPDATE account SET sequence = kept.sequence, debt_seconds = kept.debt_seconds
    FROM json_to_recordset(CAST(:accounts AS json)) AS kept (id text, sequence bigint, debt_seconds bigint)
    WHERE account.id = kept.id
"""


def keep(
    session: Session, books: Iterable[Book], *, usages: Sequence[Usage] = (), facts: Sequence[Outgoing] = ()
) -> None:
    """
    Write what was decided: usages, new entries, packages, accounts, and the facts that tell of it.

    Args:
        session: the transaction in which the books were opened.
        books: as opened in this transaction; each that has changed is one change of its account.
        usages: one for each usage among the entries.
        facts: messages to be sent once this is committed.
    """
    books = [book for book in books if book.has_changed]
    new = [book.packages[package_id] for book in books for package_id in book.new_packages]
    changed = [book.packages[package_id] for book in books for package_id in book.changed_packages]
    statements: list[str] = []
    parameters: dict[str, str] = {}
    if new:
        statements.append(_NEW_PACKAGES)
        parameters["new_packages"] = rows(new)
    if changed:
        statements.append(_PACKAGES)
        parameters["packages"] = rows(changed)
    if usages:
        statements.append(_USAGES)
        parameters["usages"] = rows(usages)
    if entries := [_entry_row(book.account_id, entry) for book in books for entry in book.entries]:
        statements.append(_ENTRIES)
        parameters["entries"] = rows(entries)
    if books:
        statements.append(_ACCOUNTS)
        parameters["accounts"] = rows(_account_row(book) for book in books)
    if facts:
        statements.append(PUT_FACTS)
        parameters["facts"] = facts_parameter(facts)
    if statements:
        session.execute(text(";".join(statements)), parameters)


def _account_row(book: Book) -> dict[str, Any]:
    return {"id": book.account_id, "sequence": book.sequence + 1, "debt_seconds": book.debt_seconds}


def _entry_row(account_id: str, entry: Entry) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "kind": entry.kind,
        "seconds": entry.seconds,
        "package_id": entry.package_id,
        "usage_id": entry.usage_id,
        "message_id": entry.message_id,
        "effective_at": entry.effective_at,
    }
