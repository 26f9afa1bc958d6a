"""Keeping what was decided about minutes: every table in one round trip, set-based."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.minutes.book import Book
from domain.minutes.entry import Entry
from domain.minutes.package import Package
from store.json_rows import json_rows
from store.outbox import PUT_FACTS, Outgoing, facts_parameters


# Not frozen: that would make its making eight times as long, and there is one for every event.
@dataclass(slots=True)
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
    SELECT id, account_id, used_seconds, coalesce(burnt_seconds, used_seconds), coalesce(debt_seconds, 0),
           coalesce(forgiven_seconds, 0), occurred_at, coalesce(judged_at, occurred_at), policy,
           coalesce(is_late, false), coalesce(is_requested, false), session_id, feature, metadata
    FROM json_to_recordset(CAST(:usages AS json)) AS kept (
        id bigint, account_id text, used_seconds int, burnt_seconds int, debt_seconds int, forgiven_seconds int,
        occurred_at timestamptz, judged_at timestamptz, policy text, is_late boolean, is_requested boolean,
        session_id text, feature text, metadata jsonb)
"""

_ENTRIES = """
    INSERT INTO entry (account_id, kind, seconds, package_id, usage_id, message_id, effective_at)
    SELECT account_id, kind, seconds, package_id, usage_id, coalesce(message_id, usage_id), effective_at
    FROM json_to_recordset(CAST(:entries AS json)) AS kept (
        account_id text, kind text, seconds int, package_id uuid, usage_id bigint, message_id bigint,
        effective_at timestamptz)
"""

_PACKAGES = """
    UPDATE package SET left_seconds = kept.left_seconds, consumed_seconds = kept.consumed_seconds,
           state = coalesce(kept.state, package.state),
           frozen_seconds = coalesce(kept.frozen_seconds, 0),
           expired_seconds = coalesce(kept.expired_seconds, 0), voided_seconds = coalesce(kept.voided_seconds, 0)
    FROM json_to_recordset(CAST(:packages AS json)) AS kept (
        id uuid, left_seconds bigint, consumed_seconds bigint, frozen_seconds bigint, expired_seconds bigint,
        voided_seconds bigint, state text)
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


def save(session: Session, books: Iterable[Book], facts: Iterable[Outgoing], *, usages: Sequence[Usage] = ()) -> None:
    """
    Write what was decided: usages, new entries, packages, accounts, and the facts that tell of it.

    Args:
        session: the transaction in which the books were opened.
        books: as opened in this transaction; each that has changed is one change of its account. They are consumed.
        facts: messages to be sent once this is committed.
        usages: one for each usage among the entries.

    Raises:
        UnableToSave: a book was saved before; its changes would be written twice.
    """
    facts = list(facts)
    books = [book for book in books if book.has_changed]
    for book in books:
        book.close()
    new = [book.packages[package_id] for book in books for package_id in book.new_packages]
    changed = [book.packages[package_id] for book in books for package_id in book.changed_packages]
    restated = {package_id for book in books for package_id in book.restated_packages}
    statements: list[str] = []
    parameters: dict[str, str] = {}
    if new:
        statements.append(_NEW_PACKAGES)
        parameters["new_packages"] = json_rows(new)
    if changed:
        statements.append(_PACKAGES)
        parameters["packages"] = json_rows(_package_row(package, restated) for package in changed)
    if usages:
        statements.append(_USAGES)
        parameters["usages"] = json_rows(_usage_row(usage) for usage in usages)
    if entries := [_entry_row(book.account_id, entry) for book in books for entry in book.entries]:
        statements.append(_ENTRIES)
        parameters["entries"] = json_rows(entries)
    if books:
        statements.append(_ACCOUNTS)
        parameters["accounts"] = json_rows(_account_row(book) for book in books)
    if facts:
        statements.append(PUT_FACTS)
        parameters |= facts_parameters(facts)
    if statements:
        session.execute(text(";".join(statements)), parameters)


def _account_row(book: Book) -> dict[str, Any]:
    return {"id": book.account_id, "sequence": book.sequence + 1, "debt_seconds": book.debt_seconds}


# What most rows have in common is left out of the document, and put in again by `coalesce`: reading
# the document is a good part of what a statement costs the server.


def _entry_row(account_id: str, entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {
        "account_id": account_id,
        "kind": entry.kind,
        "seconds": entry.seconds,
        "package_id": entry.package_id,
        "usage_id": entry.usage_id,
        "effective_at": entry.effective_at,
    }
    if entry.message_id != entry.usage_id:
        row["message_id"] = entry.message_id
    return row


def _package_row(package: Package, restated: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": package.id,
        "left_seconds": package.left_seconds,
        "consumed_seconds": package.consumed_seconds,
    }
    if package.frozen_seconds or package.expired_seconds or package.voided_seconds:
        row["frozen_seconds"] = package.frozen_seconds
        row["expired_seconds"] = package.expired_seconds
        row["voided_seconds"] = package.voided_seconds
    if package.id in restated:
        row["state"] = package.state
    return row


def _usage_row(usage: Usage) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": usage.id,
        "account_id": usage.account_id,
        "used_seconds": usage.used_seconds,
        "occurred_at": usage.occurred_at,
        "policy": usage.policy,
        "session_id": usage.session_id,
        "feature": usage.feature,
    }
    if usage.burnt_seconds != usage.used_seconds:
        row["burnt_seconds"] = usage.burnt_seconds
        row["debt_seconds"] = usage.debt_seconds
        row["forgiven_seconds"] = usage.forgiven_seconds
    if usage.judged_at is not usage.occurred_at:
        row["judged_at"] = usage.judged_at
    if usage.is_late or usage.is_requested:
        row["is_late"] = usage.is_late
        row["is_requested"] = usage.is_requested
    if usage.metadata is not None:
        row["metadata"] = usage.metadata
    return row
