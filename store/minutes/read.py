"""Read models of minutes: balance, packages, statement. Nothing here writes, locks, or reads a whole past."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from domain.minutes.balance import Balance, balance
from domain.minutes.burn import BurnPolicy
from domain.minutes.entry import EntryKind
from domain.minutes.forecast import Forecast, forecast
from domain.minutes.package import Package, PackageState
from domain.minutes.reason import Reason
from domain.minutes.statement import Standing, walk_back
from store.cursor import read_cursor, write_cursor
from store.minutes.book import package_of
from store.minutes.chain import newest_entries, undone_since
from store.minutes.days import booked_days, counted_days
from store.minutes.lines import find_causes, find_packages, named_packages, reason_of
from store.tables import AccountRow, PackageRow

PAGE = 50


class UnknownAccount(LookupError):
    """No message has ever named this account."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """
    A line of an account's ledger.

    `message` is the id of the message that caused it, `usage` that of the usage it belongs to, `usage_source` who
    reported that. `left_seconds` is what
    its package had left after it, `debt_seconds` what the account owed; `reason` is there for burns. `is_trial`: it
    grants the minutes of a subscription's trial.
    """

    id: int
    booked_at: datetime
    effective_at: datetime
    kind: EntryKind
    seconds: int
    package_id: str | None
    message: str
    usage: str | None
    is_late: bool
    left_seconds: int | None
    debt_seconds: int
    reason: Reason | None
    is_trial: bool = False
    usage_source: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of an account's ledger in the order of booking; `cursor` leads to the lines before, if there are any."""

    account_id: str
    lines: tuple[StatementLine, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class PackagePage:
    """A page of an account's packages, oldest first; `cursor` leads to the page before it, if there is one."""

    packages: tuple[Package, ...]
    cursor: str | None


DaysKey = tuple[str, str, date]
"""An account, its time zone, and its local day: the day before is the last one that is over."""


class DaysOfUse(Protocol):
    """
    The seconds of the days that are over, as somebody has read them a while ago.

    They hardly change: only what is reported late or reversed belongs to an earlier day.
    """

    def now(self) -> float:
        """Return the moment, for `put`."""

    def get(self, key: DaysKey, /) -> tuple[int, ...] | None:
        """Return what was read, unless it is too old."""

    def put(self, key: DaysKey, value: tuple[int, ...], /, *, since: float) -> None:
        """Remember what was read."""


def account_balance(
    session: Session, account_id: str, *, at: datetime | None, now: datetime, policy: BurnPolicy
) -> Balance:
    """
    Return what an account could spend at one moment.

    Args:
        session: a reading session.
        account_id: Screph's id.
        at: aware UTC; None is now. In the past, what is there now without the entries that count from later
            on; in the future, what is left now and still lives then.
        now: aware UTC.
        policy: the order in which packages are listed.

    Raises:
        UnknownAccount: no message has named it.
    """
    account = _account(session, account_id)
    packages = {package.number: package for package in _packages_with_left(session, account)}
    if at is None or at >= now:
        return balance(packages.values(), debt_seconds=account.debt_seconds, at=at or now, policy=policy)
    undone = undone_since(session, _number(account), last_entry_id=account.last_entry_id, at=at)
    missing = {number for number in undone if number is not None and number not in packages}
    emptied = find_packages(session, _number(account), account_id, numbers=missing)
    packages |= {package.number: package for package in emptied}
    then = [
        # What is frozen or voided now has nothing left now; what it had left then could be burnt then.
        replace(package, left_seconds=package.left_seconds - undone.get(number, 0), state=PackageState.ACTIVE)
        for number, package in packages.items()
    ]
    return balance(then, debt_seconds=account.debt_seconds - undone.get(None, 0), at=at, policy=policy)


def account_forecast(
    session: Session, account_id: str, *, now: datetime, policy: BurnPolicy, known: DaysOfUse | None = None
) -> Forecast:
    """
    Forecast when an account's minutes will be used up, in dates of its own time zone; UTC where none is known.

    Args:
        session: a reading session.
        account_id: Screph's id.
        now: aware UTC.
        policy: the burn order.
        known: spares the look into the ledger, which costs up to 0.4 s where the sums by day cannot be taken; what is
            left comes from the packages of now.

    Raises:
        UnknownAccount: no message has named it.

    Source: domain/minutes/README.md, "Time to empty".
    """
    account = _account(session, account_id)
    zone = ZoneInfo(account.time_zone or "UTC")
    key = (account_id, zone.key, now.astimezone(zone).date())
    days = counted_days(session, _number(account), now=now, zone=zone)
    if days is None and known is not None:
        days = known.get(key)
    if days is None:
        read_at = None if known is None else known.now()
        days = booked_days(session, account, now=now, zone=zone)
        if known is not None and read_at is not None:
            known.put(key, days, since=read_at)
    return forecast(_packages_with_left(session, account), days, at=now, zone=zone, policy=policy)


def account_packages(session: Session, account_id: str, *, limit: int = PAGE, cursor: str | None = None) -> PackagePage:
    """
    Return an account's packages, those that were activated last.

    Args:
        session: a reading session.
        account_id: Screph's id.
        limit: how many at the most.
        cursor: of the page before.

    Raises:
        UnknownAccount: no message has named it.
        WrongCursor: `cursor` is not one of this list.
    """
    account = _account(session, account_id)
    wanted = select(PackageRow).where(PackageRow.account == account.number)
    if cursor is not None:
        state = read_cursor(cursor, at=datetime, number=int)
        place = tuple_(col(PackageRow.activated_at), col(PackageRow.number))
        wanted = wanted.where(place < (state["at"], state["number"]))
    newest = wanted.order_by(col(PackageRow.activated_at).desc(), col(PackageRow.number).desc()).limit(limit + 1)
    rows = session.exec(newest).all()
    shown = rows[:limit]
    more = write_cursor({"at": shown[-1].activated_at, "number": shown[-1].number}) if len(rows) > limit else None
    return PackagePage(tuple(package_of(row, account_id) for row in reversed(shown)), more)


def account_statement(
    session: Session, account_id: str, *, limit: int | None = PAGE, cursor: str | None = None
) -> Statement:
    """
    Return a page of an account's ledger, explained: the newest lines, or those before a cursor.

    Lines are read backwards from where the account stands now, and undone one by one; the cursor carries how the
    account stood where the page ended, so each page costs the same.

    Args:
        session: a reading session.
        account_id: Screph's id.
        limit: how many lines at the most, > 0; None is all of them.
        cursor: of the page before.

    Raises:
        UnknownAccount: no message has named it.
        WrongCursor: `cursor` is not one of this list.
    """
    account = _account(session, account_id)
    start_id = account.last_entry_id
    if cursor is not None:
        state = read_cursor(cursor, entry=int, debt=int, left=dict)
        start_id, standing = state["entry"], Standing(state["left"], state["debt"])
    else:
        left = {package.id: package.left_seconds for package in _packages_with_left(session, account)}
        standing = Standing(left, account.debt_seconds)
    number = _number(account)
    stored = newest_entries(session, number, last_entry_id=start_id, limit=limit)
    entries = [one.entry for one in stored]
    lines, before = walk_back(entries, standing)
    causes = find_causes(session, number, entries)
    packages = named_packages(session, number, account_id, entries)
    shown = [
        StatementLine(
            id=one.id,
            booked_at=one.booked_at,
            effective_at=one.entry.effective_at,
            kind=one.entry.kind,
            seconds=one.entry.seconds,
            package_id=one.entry.package_id,
            message=causes[one.entry.message_id].event_id,
            usage=causes[one.entry.usage_id].event_id if one.entry.usage_id else None,
            is_late=bool(one.entry.usage_id and causes[one.entry.usage_id].is_late),
            left_seconds=line.left_seconds,
            debt_seconds=line.debt_seconds,
            reason=reason_of(one.entry, packages, causes),
            is_trial=one.entry.kind is EntryKind.GRANT and causes[one.entry.message_id].is_start,
            usage_source=causes[one.entry.usage_id].source if one.entry.usage_id else None,
        )
        for one, line in zip(stored, lines, strict=True)
    ]
    next_id = stored[-1].previous_id if stored else 0
    more = {"entry": next_id, "debt": before.debt_seconds, "left": before.left_seconds}
    return Statement(account_id, tuple(reversed(shown)), write_cursor(more) if next_id else None)


def activated_at_of(session: Session, package_id: str) -> datetime | None:
    """Return from when on a package may be burnt; None if there is no such package."""
    return session.exec(select(PackageRow.activated_at).where(PackageRow.id == package_id)).one_or_none()


def _account(session: Session, account_id: str) -> AccountRow:
    account = session.exec(select(AccountRow).where(AccountRow.id == account_id)).one_or_none()
    if account is None:
        raise UnknownAccount(f"no account {account_id} is known; its first message will open it")
    return account


def _number(account: AccountRow) -> int:
    assert account.number is not None
    return account.number


def _packages_with_left(session: Session, account: AccountRow) -> list[Package]:
    wanted = select(PackageRow).where(PackageRow.account == account.number, col(PackageRow.has_left))
    return [package_of(row, account.id) for row in session.exec(wanted)]
