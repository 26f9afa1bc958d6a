"""Saving what was decided about minutes: the ledger and every other table in one round trip, set-based."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.minutes.announce import first_announcement_at
from domain.minutes.book import Book
from domain.minutes.entry import Entry
from domain.minutes.package import Package
from store.hot_path import ACCOUNTS, CAUSES, ENTRIES, MESSAGES, NEW_PACKAGES, PACKAGES, TOPUPS, USAGES
from store.inbox import Answer, Arrival
from store.json_rows import json_rows
from store.outbox import PUT_FACTS, OutgoingFacts, facts_parameters
from store.prepared import Prepared, run


# Not frozen: that would make their making eight times as long, and there is one for every event.
@dataclass(slots=True)
class Usage:
    """
    One usage as it is booked; `id` is the id its message got in the inbox.

    What is neither debt nor forgiven was burnt. `judged_at` is there only for late usage.
    """

    id: int
    account: int
    used_seconds: int
    debt_seconds: int
    forgiven_seconds: int
    occurred_at: datetime
    policy: str
    judged_at: datetime | None = None
    session_id: str | None = None
    feature: str | None = None
    metadata: dict[str, Any] | None = None


@dataclass(slots=True)
class Message:
    """A message that was claimed in its account's book, with the answer it got and the usage it booked, if any."""

    id: int
    arrival: Arrival
    answer: Answer | None = None
    usage: Usage | None = None


@dataclass(slots=True)
class _Statements:
    """The statements of one round trip, and their parameters."""

    values: dict[str, Any]
    statements: list[Prepared]

    def add(self, statement: Prepared, name: str, rows: Iterable[dict[str, Any]]) -> None:
        """Add a statement about some rows; without rows there is none."""
        rows = list(rows)
        if rows:
            self.statements.append(statement)
            self.values[name] = json_rows(rows)


def save(
    session: Session,
    books: Iterable[Book],
    facts: OutgoingFacts,
    *,
    messages: Sequence[Message] = (),
    usages: Sequence[Usage] = (),
    entry_ids: Sequence[int] = (),
) -> None:
    """
    Write what was decided: packages, entries, messages with their usages, accounts, and the facts that say so.

    Args:
        session: the transaction in which the books were opened.
        books: as opened in this transaction; each that has changed is one change of its account. They are consumed.
        facts: messages to be sent once this is committed, and the moment at which all of it is booked.
        messages: those that `claim_in_books` claimed.
        usages: of messages that `claim_messages` claimed.
        entry_ids: reserved for entries, in order; what is missing is reserved here.

    Raises:
        UnableToSave: a book was saved before; its changes would be written twice.
    """
    books = [book for book in books if book.has_changed]
    for book in books:
        book.close()
    ids = _entry_ids(session, entry_ids, sum(len(book.entries) for book in books))
    last_entries: dict[int, int] = {}
    entries = [row for book in books for row in _entry_rows(book, ids, last_entries)]
    wanted = _Statements({"at": facts.at}, [])
    wanted.add(NEW_PACKAGES, "new_packages", _new_packages(books, facts.at))
    wanted.add(PACKAGES, "packages", _changed_packages(books))
    wanted.add(ENTRIES, "entries", entries)
    # In the order of ids and keys, so that those that begin with a moment are added at the end of their index.
    in_order = sorted(messages, key=attrgetter("id"))
    wanted.add(MESSAGES, "messages", (_message_row(message, last_entries) for message in in_order))
    wanted.add(USAGES, "usages", (_usage_row(usage, last_entries) for usage in usages))
    # Of usages, which are many, none is left here.
    noted = {message.id for message in messages} | {usage.id for usage in usages}
    wanted.add(CAUSES, "causes", _causes(books, last_entries, last_entries.keys() - noted))
    wanted.add(ACCOUNTS, "accounts", (_account_row(book) for book in books))
    wanted.add(TOPUPS, "topups", ({"account": book.account_number} for book in books if book.needs_topup))
    if outgoing := list(facts):
        wanted.statements.append(PUT_FACTS)
        wanted.values |= facts_parameters(outgoing)
    if wanted.statements:
        run(session, tuple(wanted.statements), wanted.values)


def _entry_ids(session: Session, reserved: Sequence[int], count: int) -> Iterator[int]:
    yield from reserved
    if count > len(reserved):
        # After the lock of the account, as those before, so an account's ids grow along its ledger.
        yield from session.execute(
            text("SELECT nextval('entry_id_seq') FROM generate_series(1, :count)"), {"count": count - len(reserved)}
        ).scalars()


def _entry_rows(book: Book, ids: Iterator[int], last_entries: dict[int, int]) -> Iterator[dict[str, Any]]:
    """Number the entries of a book, link each to the one before, and note the last of each message."""
    for entry in book.entries:
        entry_id = next(ids)
        yield _entry_row(book, entry, entry_id)
        last_entries[entry.message_id] = book.last_entry_id = entry_id


def _causes(books: Iterable[Book], last_entries: Mapping[int, int], message_ids: Set[int]) -> Iterator[dict[str, Any]]:
    """Return the last line of each of some messages; of a message about no account there is no such row to change."""
    if not message_ids:
        return
    accounts = {entry.message_id: book.account_number for book in books for entry in book.entries}
    for message_id in sorted(message_ids):
        yield {"id": message_id, "account": accounts[message_id], "entry_id": last_entries[message_id]}


def _entry_row(book: Book, entry: Entry, entry_id: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": entry_id,
        "previous_id": book.last_entry_id,
        "message_id": entry.message_id,
        "usage_id": entry.usage_id,
        "effective_at": entry.effective_at,
        "account": book.account_number,
        "seconds": entry.seconds,
        "kind": entry.kind,
    }
    if entry.package_id is not None:
        number = book.packages[entry.package_id].number
        row["package_id" if number is None else "package"] = number or entry.package_id
    if entry.rival_id is not None:
        number = book.packages[entry.rival_id].number
        row["rival_id" if number is None else "rival"] = number or entry.rival_id
    return row


def _new_packages(books: Iterable[Book], now: datetime) -> Iterator[dict[str, Any]]:
    for book in books:
        for package_id in book.new_packages:
            package = book.packages[package_id]
            yield {
                "id": package.id,
                "account": book.account_number,
                "kind": package.kind,
                "priority": package.priority,
                "activated_at": package.activated_at,
                "expires_at": package.expires_at,
                "granted_seconds": package.granted_seconds,
                "left_seconds": package.left_seconds,
                "consumed_seconds": package.consumed_seconds,
                "voided_seconds": package.voided_seconds,
                "announce_at": first_announcement_at(package, now=now),
            }


def _changed_packages(books: Iterable[Book]) -> Iterator[dict[str, Any]]:
    for book in books:
        for package_id in book.changed_packages:
            yield _package_row(
                book, book.packages[package_id], has_new_state=package_id in book.packages_with_new_state
            )


def _package_row(book: Book, package: Package, *, has_new_state: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "number": package.number,
        "account": book.account_number,
        "left_seconds": package.left_seconds,
        "consumed_seconds": package.consumed_seconds,
    }
    if package.frozen_seconds or package.expired_seconds or package.voided_seconds:
        row["frozen_seconds"] = package.frozen_seconds
        row["expired_seconds"] = package.expired_seconds
        row["voided_seconds"] = package.voided_seconds
    if has_new_state:
        row["state"] = package.state
    return row


def _message_row(message: Message, last_entries: dict[int, int]) -> dict[str, Any]:
    row = message.arrival.row()
    if message.usage is not None:
        row |= _usage_row(message.usage, last_entries)
    else:
        row["id"] = message.id
        row["entry_id"] = last_entries.get(message.id)
    if message.answer is not None:
        row["answer"] = message.answer.said
        if message.answer.is_refusal:
            row["outcome"] = "refused"
    return row


def _usage_row(usage: Usage, last_entries: dict[int, int]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": usage.id,
        "account": usage.account,
        "entry_id": last_entries.get(usage.id),
        "used_seconds": usage.used_seconds,
        "occurred_at": usage.occurred_at,
        "policy": usage.policy,
        "session_id": usage.session_id,
        "feature": usage.feature,
    }
    if usage.debt_seconds:
        row["debt_seconds"] = usage.debt_seconds
    if usage.forgiven_seconds:
        row["forgiven_seconds"] = usage.forgiven_seconds
    if usage.judged_at is not None:
        row["judged_at"] = usage.judged_at
    if usage.metadata is not None:
        row["extra"] = usage.metadata
    return row


def _account_row(book: Book) -> dict[str, Any]:
    row: dict[str, Any] = {
        "account": book.account_number,
        "sequence": book.sequence + 1,
        "debt_seconds": book.debt_seconds,
        "last_entry_id": book.last_entry_id,
    }
    if book.forgiven:
        row["forgiven"] = book.forgiven
    if book.has_new_level:
        row["balance_level"] = book.balance_level
    return row
