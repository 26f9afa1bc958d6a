"""Keeping what was decided about minutes: every table in one round trip, set-based."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel import Session

from domain.minutes.book import Book
from domain.minutes.package import Package
from store.arrays import array, numbers
from store.outbox import PUT, Outgoing, put_parameters


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
    SELECT * FROM unnest(
        CAST(:usage_ids AS bigint[]), CAST(:usage_accounts AS text[]), CAST(:usage_used AS int[]),
        CAST(:usage_burnt AS int[]), CAST(:usage_debt AS int[]), CAST(:usage_forgiven AS int[]),
        CAST(:usage_occurred AS timestamptz[]), CAST(:usage_judged AS timestamptz[]),
        CAST(:usage_policies AS text[]), CAST(:usage_late AS boolean[]), CAST(:usage_requested AS boolean[]),
        CAST(:usage_sessions AS text[]), CAST(:usage_features AS text[]), CAST(:usage_extras AS jsonb[]))
"""

_ENTRIES = """
    INSERT INTO entry (account_id, kind, seconds, package_id, usage_id, message_id, effective_at)
    SELECT * FROM unnest(
        CAST(:entry_accounts AS text[]), CAST(:entry_kinds AS text[]), CAST(:entry_seconds AS int[]),
        CAST(:entry_packages AS uuid[]), CAST(:entry_usages AS bigint[]), CAST(:entry_messages AS bigint[]),
        CAST(:entry_effective AS timestamptz[]))
"""

_PACKAGES = """
    UPDATE package SET left_seconds = kept.left_seconds, consumed_seconds = kept.consumed_seconds,
           frozen_seconds = kept.frozen_seconds, expired_seconds = kept.expired_seconds,
           voided_seconds = kept.voided_seconds
    FROM unnest(CAST(:package_ids AS uuid[]), CAST(:package_left AS bigint[]),
                CAST(:package_consumed AS bigint[]), CAST(:package_frozen AS bigint[]),
                CAST(:package_expired AS bigint[]), CAST(:package_voided AS bigint[]))
         AS kept (id, left_seconds, consumed_seconds, frozen_seconds, expired_seconds, voided_seconds)
    WHERE package.id = kept.id
"""

_NEW_PACKAGES = """
    INSERT INTO package (id, account_id, kind, priority, activated_at, expires_at, granted_seconds,
                         left_seconds, consumed_seconds)
    SELECT * FROM unnest(
        CAST(:new_ids AS uuid[]), CAST(:new_accounts AS text[]), CAST(:new_kinds AS text[]),
        CAST(:new_priorities AS int[]), CAST(:new_activated AS timestamptz[]),
        CAST(:new_expires AS timestamptz[]), CAST(:new_granted AS bigint[]), CAST(:new_left AS bigint[]),
        CAST(:new_consumed AS bigint[]))
"""

_ACCOUNTS = """
    UPDATE account SET sequence = kept.sequence, debt_seconds = kept.debt_seconds
    FROM unnest(CAST(:account_ids AS text[]), CAST(:account_sequences AS bigint[]),
                CAST(:account_debts AS bigint[])) AS kept (id, sequence, debt_seconds)
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
    statements: list[str] = []
    values: dict[str, str] = {}

    def add(statement: str, parameters: dict[str, str]) -> None:
        statements.append(statement)
        values.update(parameters)

    new = [book.packages[package_id] for book in books for package_id in book.new_packages]
    changed = [book.packages[package_id] for book in books for package_id in book.changed_packages]
    if new:
        add(_NEW_PACKAGES, _new_package_columns(new))
    if changed:
        add(_PACKAGES, _package_columns(changed))
    if usages:
        add(_USAGES, _usage_columns(usages))
    if any(book.entries for book in books):
        add(_ENTRIES, _entry_columns(books))
    if books:
        add(_ACCOUNTS, _account_columns(books))
    if facts:
        add(PUT, put_parameters(facts))
    if statements:
        session.execute(text(";".join(statements)), values)


def _account_columns(books: Sequence[Book]) -> dict[str, str]:
    return {
        "account_ids": array(book.account_id for book in books),
        "account_sequences": numbers(book.sequence + 1 for book in books),
        "account_debts": numbers(book.debt_seconds for book in books),
    }


def _entry_columns(books: Sequence[Book]) -> dict[str, str]:
    lines = [(book.account_id, entry) for book in books for entry in book.entries]
    entries = [entry for _, entry in lines]
    return {
        "entry_accounts": array(account_id for account_id, _ in lines),
        "entry_kinds": array(entry.kind for entry in entries),
        "entry_seconds": numbers(entry.seconds for entry in entries),
        "entry_packages": array(entry.package_id for entry in entries),
        "entry_usages": numbers(entry.usage_id for entry in entries),
        "entry_messages": numbers(entry.message_id for entry in entries),
        "entry_effective": array(entry.effective_at for entry in entries),
    }


def _package_columns(packages: Sequence[Package]) -> dict[str, str]:
    return {
        "package_ids": array(package.id for package in packages),
        "package_left": numbers(package.left_seconds for package in packages),
        "package_consumed": numbers(package.consumed_seconds for package in packages),
        "package_frozen": numbers(package.frozen_seconds for package in packages),
        "package_expired": numbers(package.expired_seconds for package in packages),
        "package_voided": numbers(package.voided_seconds for package in packages),
    }


def _new_package_columns(packages: Sequence[Package]) -> dict[str, str]:
    return {
        "new_ids": array(package.id for package in packages),
        "new_accounts": array(package.account_id for package in packages),
        "new_kinds": array(package.kind for package in packages),
        "new_priorities": numbers(package.priority for package in packages),
        "new_activated": array(package.activated_at for package in packages),
        "new_expires": array(package.expires_at for package in packages),
        "new_granted": numbers(package.granted_seconds for package in packages),
        "new_left": numbers(package.left_seconds for package in packages),
        "new_consumed": numbers(package.consumed_seconds for package in packages),
    }


def _usage_columns(usages: Sequence[Usage]) -> dict[str, str]:
    return {
        "usage_ids": numbers(usage.id for usage in usages),
        "usage_accounts": array(usage.account_id for usage in usages),
        "usage_used": numbers(usage.used_seconds for usage in usages),
        "usage_burnt": numbers(usage.burnt_seconds for usage in usages),
        "usage_debt": numbers(usage.debt_seconds for usage in usages),
        "usage_forgiven": numbers(usage.forgiven_seconds for usage in usages),
        "usage_occurred": array(usage.occurred_at for usage in usages),
        "usage_judged": array(usage.judged_at for usage in usages),
        "usage_policies": array(usage.policy for usage in usages),
        "usage_late": array(usage.is_late for usage in usages),
        "usage_requested": array(usage.is_requested for usage in usages),
        "usage_sessions": array(usage.session_id for usage in usages),
        "usage_features": array(usage.feature for usage in usages),
        "usage_extras": array(
            None if usage.metadata is None else orjson.dumps(usage.metadata).decode() for usage in usages
        ),
    }
