"""Read model of open streams: what many accounts can spend now, and until when that stays so by itself."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ARRAY, Integer, Text, any_, bindparam, select
from sqlmodel import Session

from domain.minutes.balance import balance
from domain.minutes.package import Package, PackageState
from store.minutes.book import package_of
from store.records import table_of
from store.tables import AccountRow, PackageRow

_ACCOUNTS = table_of(AccountRow)
_PACKAGES = table_of(PackageRow)
_IDS: ARRAY[Any] = ARRAY(Text)
_NUMBERS: ARRAY[Any] = ARRAY(Integer)

# Arrays, not IN: one statement to plan and to compile, however many streams are open.
_WANTED = select(_ACCOUNTS.c.number, _ACCOUNTS.c.id, _ACCOUNTS.c.sequence, _ACCOUNTS.c.debt_seconds).where(
    _ACCOUNTS.c.id == any_(bindparam("ids", type_=_IDS))
)
_WITH_LEFT = select(*_PACKAGES.c).where(
    _PACKAGES.c.account == any_(bindparam("accounts", type_=_NUMBERS)), _PACKAGES.c.has_left
)


@dataclass(frozen=True, slots=True)
class LiveBalance:
    """
    What an account can spend at a moment.

    `changes_at` is when it will change by itself, because a package ends or begins; None if it will not. What ends
    first of what can be spent now are `ending_seconds`, at `ends_at`. `granted_seconds` is what the packages that
    can be spent began with.
    """

    account_id: str
    sequence: int
    at: datetime
    available_seconds: int
    debt_seconds: int
    changes_at: datetime | None
    ends_at: datetime | None
    ending_seconds: int
    granted_seconds: int

    @property
    def version(self) -> str:
        """
        A text that differs from that of every other balance of the account.

        The sequence counts what was booked; the moment to come tells those apart that only time tells apart.
        """
        return f"{self.sequence}.{0 if self.changes_at is None else int(self.changes_at.timestamp())}"


def sequences(session: Session, account_ids: Collection[str]) -> dict[str, int]:
    """Return which change of its balance each account has come to, by id."""
    wanted = select(_ACCOUNTS.c.id, _ACCOUNTS.c.sequence).where(_ACCOUNTS.c.id == any_(bindparam("ids", type_=_IDS)))
    return {row.id: row.sequence for row in session.execute(wanted, {"ids": list(account_ids)})}


def live_balances(session: Session, account_ids: Collection[str], *, now: datetime) -> dict[str, LiveBalance]:
    """
    Return the balances of accounts, by their ids; those that no message has named are left out.

    Args:
        session: a reading session; two queries, however many accounts.
        account_ids: Screph's ids.
        now: aware UTC.
    """
    accounts = session.execute(_WANTED, {"ids": list(account_ids)}).all()
    ids = {account.number: account.id for account in accounts}
    packages: dict[int, list[Package]] = defaultdict(list)
    for row in session.execute(_WITH_LEFT, {"accounts": list(ids)}):
        packages[row.account].append(package_of(cast(PackageRow, row), ids[row.account]))
    return {
        account.id: _live(account.id, account.sequence, account.debt_seconds, packages[account.number], now)
        for account in accounts
    }


def _live(account_id: str, sequence: int, debt_seconds: int, packages: list[Package], now: datetime) -> LiveBalance:
    found = balance(packages, debt_seconds=debt_seconds, at=now)
    ends_at = min((package.expires_at for package in found.packages if package.expires_at), default=None)
    ending = [package.left_seconds for package in found.packages if package.expires_at == ends_at is not None]
    begin = [
        package.activated_at
        for package in packages
        if package.state is PackageState.ACTIVE and package.activated_at > now
    ]
    return LiveBalance(
        account_id,
        sequence,
        now,
        found.available_seconds,
        found.debt_seconds,
        min([*begin, *([ends_at] if ends_at else [])], default=None),
        ends_at,
        sum(ending),
        sum(package.granted_seconds for package in found.packages),
    )
