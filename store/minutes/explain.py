"""Explaining one usage: what it took from where, why, and what became of it. Nothing here writes or locks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.ids import message_key
from domain.minutes.entry import EntryKind
from domain.minutes.package import Package
from domain.minutes.reason import Reason
from store.minutes.chain import caused_by, later_entries
from store.minutes.lines import find_causes, named_packages, reason_of
from store.minutes.sources import likely_sources
from store.tables import AccountRow, InboxRow

ASKED = "screph.spend.requested.v1"


class UnknownUsage(LookupError):
    """No usage has this id, or several sources used it and none was named."""


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of the ledger that belongs to the usage; `reason` is there for burns."""

    id: int
    booked_at: datetime
    effective_at: datetime
    kind: EntryKind
    seconds: int
    package_id: str | None
    message: str
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class ExplainedUsage:
    """A usage as it was booked; `is_late`: its late window had closed, so it was judged when it was booked."""

    event_id: str
    source: str
    type: str
    account_id: str
    received_at: datetime
    occurred_at: datetime
    judged_at: datetime
    is_late: bool
    is_requested: bool
    used_seconds: int
    burnt_seconds: int
    debt_seconds: int
    forgiven_seconds: int
    policy: str
    session_id: str | None
    feature: str | None
    extra: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ExplainedReversal:
    """The message that took a usage back, and the answer it got."""

    source: str
    event_id: str
    received_at: datetime
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that became of one usage."""

    usage: ExplainedUsage
    lines: tuple[ExplainedLine, ...]
    reversal: ExplainedReversal | None
    packages: tuple[Package, ...]


def explain_usage(session: Session, event_id: str, *, source: str | None = None) -> Explanation:
    """
    Return what one usage took from where, why, and whether it was taken back.

    Args:
        session: a reading session.
        event_id: the id of the message that reported it.
        source: the source of that message; without it the usual sources are tried.

    Raises:
        UnknownUsage: there is none, or there are several.
    """
    row = _find_row(session, event_id, source)
    assert row.id is not None
    account_id = session.exec(select(AccountRow.id).where(AccountRow.number == row.account)).one()
    stored = [
        *caused_by(session, row.id, account=row.account, last_entry_id=row.entry_id),
        *later_entries(session, row.id, account=row.account),
    ]
    entries = [one.entry for one in stored]
    causes = find_causes(session, row.account, entries)
    packages = named_packages(session, row.account, account_id, entries)
    lines = tuple(
        ExplainedLine(
            id=one.id,
            booked_at=one.booked_at,
            effective_at=one.entry.effective_at,
            kind=one.entry.kind,
            seconds=one.entry.seconds,
            package_id=one.entry.package_id,
            message=causes[one.entry.message_id].event_id,
            reason=reason_of(one.entry, packages, causes),
        )
        for one in stored
    )
    paid = {entry.package_id for entry in entries}
    return Explanation(
        _usage(row, account_id),
        lines,
        _reversal(session, row),
        tuple(package for package in packages.values() if package.id in paid),
    )


def _find_row(session: Session, event_id: str, source: str | None) -> InboxRow:
    sources = {source} if source is not None else likely_sources(session)
    keys = [message_key(one, event_id).hex() for one in sources]
    # By the key: its index serves each look-up; ids and sources have none.
    found = session.exec(
        select(InboxRow).where(col(InboxRow.key).in_(keys), col(InboxRow.used_seconds).is_not(None))
    ).all()
    if not found and source is not None:
        raise UnknownUsage(f"no usage {event_id} is booked for source {source}")
    if not found:
        raise UnknownUsage(
            f"no usage {event_id} is booked for the usual sources ({', '.join(sorted(sources)) or 'there are none'}); "
            "name another by --source"
        )
    if len(found) > 1:
        named = ", ".join(sorted(row.source for row in found))
        raise UnknownUsage(f"several sources have a usage {event_id}: {named}; say which by --source")
    return found[0]


def _usage(row: InboxRow, account_id: str) -> ExplainedUsage:
    assert row.used_seconds is not None
    assert row.occurred_at is not None
    assert row.policy is not None
    debt_seconds, forgiven_seconds = row.debt_seconds or 0, row.forgiven_seconds or 0
    return ExplainedUsage(
        event_id=row.event_id,
        source=row.source,
        type=row.type,
        account_id=account_id,
        received_at=row.received_at,
        occurred_at=row.occurred_at,
        judged_at=row.judged_at or row.occurred_at,
        is_late=row.judged_at is not None,
        is_requested=row.type == ASKED,
        used_seconds=row.used_seconds,
        burnt_seconds=row.used_seconds - debt_seconds - forgiven_seconds,
        debt_seconds=debt_seconds,
        forgiven_seconds=forgiven_seconds,
        policy=row.policy,
        session_id=row.session_id,
        feature=row.feature,
        extra=row.extra,
    )


def _reversal(session: Session, usage: InboxRow) -> ExplainedReversal | None:
    if usage.reversed_by is None:
        return None
    by = (InboxRow.id == usage.reversed_by, InboxRow.account == usage.account)
    row = session.exec(select(InboxRow).where(*by)).one()
    return ExplainedReversal(row.source, row.event_id, row.received_at, row.answer or {})
