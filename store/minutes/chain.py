"""
The ledger of one account, read backwards: each line names the account's line before.

A line is found by its key, so what is read is what is wanted, however long the ledger is.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, literal, literal_column, select
from sqlmodel import Session

from domain.minutes.entry import Entry, EntryKind
from store.tables import EntryRow, InboxRow, PackageRow

CLOCK_SKEW = timedelta(minutes=10)
"""`booked_at` is a worker's clock: along a ledger it may step back by as much as two workers' clocks differ."""

MAX_RECENT_LINES = 50_000
"""A usage every ten seconds for eight hours a day makes as many in less than three weeks."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

entry, package = EntryRow.__table__, PackageRow.__table__  # type: ignore[attr-defined]
inbox = InboxRow.__table__  # type: ignore[attr-defined]
rival = package.alias("rival")


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it is stored; `previous_id` is the account's entry before, 0 for its first."""

    id: int
    previous_id: int
    booked_at: datetime
    entry: Entry


def newest_entries(session: Session, account: int, *, last_entry_id: int, limit: int | None) -> list[StoredEntry]:
    """Return at most `limit` lines of an account's ledger from one on, the newest first."""
    return _stored(session, _chain(account, last_entry_id, limit=limit), account)


def caused_by(session: Session, message_id: int, *, account: int, last_entry_id: int) -> list[StoredEntry]:
    """Return the lines that one message caused when it was booked, the last of which is known; in booking order."""
    chain = _chain(account, last_entry_id, goes_on=entry.c.message_id == message_id)
    return _stored(session, chain, account)[::-1]


def later_entries(session: Session, usage_id: int, *, account: int) -> list[StoredEntry]:
    """Return the lines that belong to a usage and were booked later, by other messages; in booking order."""
    wanted = and_(entry.c.usage_id == usage_id, entry.c.usage_id != entry.c.message_id, entry.c.account == account)
    return _stored(session, select(entry).where(wanted).cte("later"), account)[::-1]


def undone_since(session: Session, account: int, *, last_entry_id: int, at: datetime) -> dict[int | None, int]:
    """
    Return what the lines that count from after one moment have added, by package; None is the account's debt.

    Only lines that were booked after that moment are read.
    """
    chain = _chain(account, last_entry_id, goes_on=entry.c.booked_at > at - CLOCK_SKEW)
    counts = and_(chain.c.effective_at > at, chain.c.kind != EntryKind.FORGIVEN)
    sums = select(chain.c.package, func.sum(chain.c.seconds).label("seconds")).where(counts).group_by(chain.c.package)
    return {row.package: int(row.seconds) for row in session.execute(sums)}


@dataclass(frozen=True, slots=True)
class RecentUse:
    """Moments with the seconds that were used then and not reversed; of the time before a moment nothing is known."""

    used: tuple[tuple[datetime, int], ...]
    known_since: datetime


def use_since(session: Session, account: int, *, last_entry_id: int, since: datetime) -> RecentUse:
    """
    Return what an account has used since a moment, in quarters of an hour, of which every local day consists.

    Only lines that were booked since then are read, and at most `MAX_RECENT_LINES` of them: what is known then begins
    later. A usage counts when it is judged; what was reversed of it is subtracted there.
    """
    chain = _chain(account, last_entry_id, limit=MAX_RECENT_LINES, goes_on=entry.c.booked_at > since - CLOCK_SKEW)
    # A settlement is debt paid later; the usage that made the debt has counted when it was booked.
    taken = case((chain.c.kind.in_((EntryKind.BURN, EntryKind.GIVE_BACK)), -chain.c.seconds), else_=chain.c.seconds)
    # A lost dispute is booked as a usage that nothing covers; it is no use.
    owed = select(chain.c.usage_id).where(chain.c.kind == EntryKind.DEBT, chain.c.usage_id == chain.c.message_id)
    lost = select(inbox.c.id).where(inbox.c.id.in_(owed), inbox.c.type == "screph.dispute.applied.v1")
    usage = (
        select(func.min(chain.c.effective_at).label("at"), func.sum(taken).label("seconds"))
        .where(chain.c.usage_id.is_not(None), chain.c.kind != EntryKind.SETTLE, chain.c.kind != EntryKind.DEBT_SETTLED)
        .where(chain.c.usage_id.not_in(lost))
        .group_by(chain.c.usage_id)
        # Of a usage that was booked before, only its reversal may be among the lines.
        .having(func.sum(taken) > 0)
        .subquery("usage")
    )
    quarter = func.date_bin(literal_column("INTERVAL '15 minutes'"), usage.c.at, _EPOCH)
    oldest = select(
        func.min(chain.c.booked_at).label("booked_at"),
        func.min(chain.c.effective_at).label("effective_at"),
        func.min(chain.c.previous_id).label("previous_id"),
        func.count().label("lines"),
    ).subquery("oldest")
    used = select(quarter.label("at"), func.sum(usage.c.seconds).label("seconds")).group_by(quarter).subquery("used")
    rows = session.execute(
        select(used.c.at, used.c.seconds, *oldest.c).select_from(oldest.outerjoin(used, literal(True)))
    ).all()
    first = rows[0]
    known_since = since
    if first.lines == MAX_RECENT_LINES:
        # Not all of the first line's day was read.
        known_since = max(since, first.booked_at + timedelta(days=1))
    elif first.previous_id == 0:
        # Late usage may be about days before the account's first line was booked.
        known_since = max(since, min(first.booked_at, first.effective_at))
    return RecentUse(tuple((row.at, int(row.seconds)) for row in rows if row.seconds), known_since)


def _chain(account: int, start_id: int, *, limit: int | None = None, goes_on: ColumnElement[bool] | None = None) -> CTE:
    """Return the lines from `start_id` backwards, as a table: at most `limit`, and as long as `goes_on` holds."""
    holds = [entry.c.account == account] + ([] if goes_on is None else [goes_on])
    chain = select(entry, literal(1).label("place")).where(entry.c.id == start_id, *holds).cte("chain", recursive=True)
    further = select(entry, chain.c.place + 1).join(chain, entry.c.id == chain.c.previous_id).where(*holds)
    return chain.union_all(further if limit is None else further.where(chain.c.place < limit))


def _stored(session: Session, lines: CTE, account: int) -> list[StoredEntry]:
    rows = session.execute(
        select(lines, package.c.id.label("package_id"), rival.c.id.label("rival_id"))
        .outerjoin(package, and_(package.c.number == lines.c.package, package.c.account == account))
        .outerjoin(rival, and_(rival.c.number == lines.c.rival, rival.c.account == account))
        .order_by(lines.c.id.desc())
    )
    return [_stored_entry(row) for row in rows]


def _stored_entry(row: Any) -> StoredEntry:
    return StoredEntry(
        id=row.id,
        previous_id=row.previous_id,
        booked_at=row.booked_at,
        entry=Entry(
            kind=EntryKind(row.kind),
            seconds=row.seconds,
            effective_at=row.effective_at,
            message_id=row.message_id,
            package_id=row.package_id,
            usage_id=row.usage_id,
            rival_id=row.rival_id,
        ),
    )
