"""Read models of minutes: balance, statement, explanation. Nothing here writes or locks."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.minutes.balance import Balance, balance
from domain.minutes.burn import BurnPolicy
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.package import Package
from domain.minutes.statement import Judged, Line, statement
from store.minutes.book import PACKAGE_COLUMNS, package_from


class UnknownAccount(LookupError):
    """No message has ever named this account."""


class UnknownUsage(LookupError):
    """No usage has this id, or several sources used it and none was named."""


def account_balance(
    session: Session, account_id: str, *, at: datetime | None, now: datetime, policy: BurnPolicy
) -> Balance:
    """
    Return what an account could spend at one moment.

    Args:
        session: a reading session.
        account_id: Screph's id.
        at: aware UTC; None is now. In the past, entries that counted by then; in the future, what
            is left now and still lives then.
        now: aware UTC.
        policy: the order in which packages are listed.

    Raises:
        UnknownAccount: no message has named it.
    """
    debt_seconds = _debt(session, account_id)
    if at is None or at >= now:
        return balance(_packages(session, account_id), debt_seconds=debt_seconds, at=at or now, policy=policy)
    rows = session.execute(
        text("""
            SELECT package_id::text, sum(seconds) FILTER (WHERE package_id IS NOT NULL OR kind <> 'forgiven')
            FROM entry WHERE account_id = :account_id AND effective_at <= :at GROUP BY package_id
        """),
        {"account_id": account_id, "at": at},
    )
    then: dict[str | None, int] = {package_id: int(seconds or 0) for package_id, seconds in rows}
    packages = [replace(package, left_seconds=then.get(package.id, 0)) for package in _packages(session, account_id)]
    return balance(packages, debt_seconds=then.get(None, 0), at=at, policy=policy)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of the ledger with the key of the message that caused it and of the usage it belongs to."""

    id: int
    booked_at: datetime
    line: Line
    message: str
    usage: str | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's packages, the newest lines of its ledger in the order of booking, and how many there are."""

    account_id: str
    packages: tuple[Package, ...]
    lines: tuple[StatementLine, ...]
    total_lines: int


def account_statement(session: Session, account_id: str, *, limit: int | None = None) -> Statement:
    """
    Return an account's ledger, explained.

    Args:
        session: a reading session.
        account_id: Screph's id.
        limit: the newest so many lines; None is all.

    Raises:
        UnknownAccount: no message has named it.
    """
    _debt(session, account_id)
    packages = _packages(session, account_id)
    lines = _lines(session, account_id, packages)
    shown = lines if limit is None else lines[max(0, len(lines) - limit) :]
    return Statement(account_id, tuple(packages), tuple(shown), len(lines))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that became of one usage."""

    usage: dict[str, Any]
    lines: tuple[StatementLine, ...]
    reversal: dict[str, Any] | None
    packages: tuple[Package, ...]


def explain_usage(session: Session, event_id: str, *, source: str | None = None) -> Explanation:
    """
    Return what one usage took from where, why, and whether it was taken back.

    Args:
        session: a reading session.
        event_id: the id of the message that reported it.
        source: the source of that message; needed only where several used the same id.

    Raises:
        UnknownUsage: there is none, or there are several.
    """
    rows = session.execute(
        text("""
            SELECT usage.*, inbox.source, inbox.event_id, inbox.type, inbox.received_at FROM inbox
            JOIN usage ON usage.id = inbox.id
            WHERE inbox.event_id = :event_id AND (CAST(:source AS text) IS NULL OR inbox.source = :source)
        """),
        {"event_id": event_id, "source": source},
    ).mappings()
    found = [dict(row) for row in rows]
    if not found:
        raise UnknownUsage(f"no usage {event_id} is booked" + (f" for source {source}" if source else ""))
    if len(found) > 1:
        sources = ", ".join(sorted(row["source"] for row in found))
        raise UnknownUsage(f"several sources have a usage {event_id}: {sources}; say which by --source")
    usage = found[0]
    packages = _packages(session, usage["account_id"])
    lines = _lines(session, usage["account_id"], packages)
    mine = tuple(line for line in lines if line.line.entry.usage_id == usage["id"])
    named = {line.line.entry.package_id for line in mine}
    reversal = _reversal(session, usage["reversed_by"]) if usage["reversed_by"] else None
    return Explanation(usage, mine, reversal, tuple(p for p in packages if p.id in named))


def activated_at_of(session: Session, package_id: str) -> datetime | None:
    """Return from when on a package may be burnt; None if there is no such package."""
    found: datetime | None = session.execute(
        text("SELECT activated_at FROM package WHERE id = CAST(:id AS uuid)"), {"id": package_id}
    ).scalar_one_or_none()
    return found


def _debt(session: Session, account_id: str) -> int:
    found = session.execute(
        text("SELECT debt_seconds FROM account WHERE id = :id"), {"id": account_id}
    ).scalar_one_or_none()
    if found is None:
        raise UnknownAccount(f"no account {account_id} is known; its first message will open it")
    return int(found)


def _packages(session: Session, account_id: str) -> list[Package]:
    rows = session.execute(
        text(f"SELECT {PACKAGE_COLUMNS} FROM package WHERE account_id = :id ORDER BY activated_at, id"),
        {"id": account_id},
    )
    return [package_from(row) for row in rows]


def _lines(session: Session, account_id: str, packages: list[Package]) -> list[StatementLine]:
    rows = session.execute(
        text("""
            SELECT id, booked_at, kind, seconds, effective_at, message_id, package_id::text, usage_id
            FROM entry WHERE account_id = :id ORDER BY id
        """),
        {"id": account_id},
    ).all()
    entries = [Entry(EntryKind(row[2]), *row[3:]) for row in rows]
    named = {entry.message_id for entry in entries} | {entry.usage_id for entry in entries if entry.usage_id}
    keys = _keys(session, named)
    usages, late = _judged(session, account_id)
    return [
        StatementLine(
            id=row[0],
            booked_at=row[1],
            line=line,
            message=keys.get(line.entry.message_id, "?"),
            usage=keys.get(line.entry.usage_id) if line.entry.usage_id else None,
            is_late=line.entry.usage_id in late,
        )
        for row, line in zip(rows, statement(packages, entries, usages), strict=True)
    ]


def _keys(session: Session, message_ids: set[int]) -> dict[int, str]:
    rows = session.execute(
        text("SELECT id, event_id FROM inbox WHERE id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": list(message_ids)},
    )
    return {row[0]: row[1] for row in rows}


def _judged(session: Session, account_id: str) -> tuple[dict[int, Judged], set[int]]:
    rows = session.execute(
        text("""
            SELECT usage.id, usage.judged_at, usage.policy, usage.is_late FROM usage
            WHERE usage.id IN (SELECT usage_id FROM entry WHERE account_id = :id AND kind = 'burn')
        """),
        {"id": account_id},
    ).all()
    return {row[0]: Judged(row[1], BurnPolicy(row[2])) for row in rows}, {row[0] for row in rows if row[3]}


def _reversal(session: Session, message_id: int) -> dict[str, Any]:
    row = session.execute(
        text("SELECT source, event_id, received_at, answer FROM inbox WHERE id = :id"), {"id": message_id}
    ).one()
    return {"source": row[0], "id": row[1], "received_at": row[2], **(row[3] or {})}
