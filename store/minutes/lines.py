"""What lines of a ledger refer to: the messages that caused them, and packages by their ids."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from domain.minutes.burn import BurnPolicy
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.package import Package
from domain.minutes.reason import Reason, reason_for
from store.inbox import NO_ACCOUNT
from store.minutes.book import package_of
from store.records import table_of
from store.tables import InboxRow, PackageRow

_INBOX = table_of(InboxRow)

START = "screph.subscription.start_requested.v1"
"""A message that grants nothing but the minutes of a trial."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The message that caused a line; `policy` is the burn order of a usage, `is_start` tells one of a subscription."""

    event_id: str
    policy: BurnPolicy | None = None
    is_late: bool = False
    is_start: bool = False
    source: str | None = None


def find_causes(session: Session, account: int, entries: Iterable[Entry]) -> dict[int, Cause]:
    """Return the messages that entries of one account name, by their ids in the inbox."""
    ids = {message_id for entry in entries for message_id in (entry.message_id, entry.usage_id) if message_id}
    rows = session.execute(
        select_columns(
            _INBOX.c.id, _INBOX.c.event_id, _INBOX.c.type, _INBOX.c.policy, _INBOX.c.judged_at, _INBOX.c.source
        ).where(
            # The reminder of a sweep causes entries, too; it is about no account.
            _INBOX.c.id.in_(ids),
            _INBOX.c.account.in_((account, NO_ACCOUNT)),
        )
    )
    found = {
        row.id: Cause(
            row.event_id,
            BurnPolicy(row.policy) if row.policy else None,
            is_late=row.judged_at is not None,
            is_start=row.type == START,
            source=row.source,
        )
        for row in rows
    }
    # A line whose message is gone is shown all the same; the audit reports it.
    return {message_id: found.get(message_id, Cause("?")) for message_id in ids}


def find_packages(
    session: Session, account: int, account_id: str, *, ids: Iterable[str] = (), numbers: Iterable[int] = ()
) -> list[Package]:
    """Return packages of one account, by their ids or by their numbers."""
    ids, numbers = set(ids), set(numbers)
    wanted: list[Any] = []
    if ids:
        wanted += session.exec(select(PackageRow).where(PackageRow.account == account, col(PackageRow.id).in_(ids)))
    if numbers:
        this = (PackageRow.account == account, col(PackageRow.number).in_(numbers))
        wanted += session.exec(select(PackageRow).where(*this))
    return [package_of(row, account_id) for row in wanted]


def named_packages(session: Session, account: int, account_id: str, entries: Sequence[Entry]) -> dict[str, Package]:
    """Return the packages that entries of one account name, rivals as well, by id."""
    ids = {package_id for entry in entries for package_id in (entry.package_id, entry.rival_id) if package_id}
    return {package.id: package for package in find_packages(session, account, account_id, ids=ids)}


def reason_of(entry: Entry, packages: Mapping[str, Package], causes: Mapping[int, Cause]) -> Reason | None:
    """Return why a burn took from its package; None for every other entry."""
    policy = causes[entry.message_id].policy
    if entry.kind is not EntryKind.BURN or policy is None or entry.package_id is None:
        return None
    rival = packages[entry.rival_id] if entry.rival_id else None
    return reason_for(packages[entry.package_id], rival, policy=policy)
