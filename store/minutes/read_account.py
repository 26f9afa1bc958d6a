"""Reading an account at a glance: what it can spend, and what is said of it. Nothing here writes or locks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from domain.minutes.balance import Balance
from domain.minutes.burn import BurnPolicy
from store.minutes.read import UnknownAccount, account_balance
from store.records import table_of
from store.tables import AccountRow

_ACCOUNTS = table_of(AccountRow)


@dataclass(frozen=True, slots=True)
class NextExpiry:
    """When the next minutes end, and how many of them if nothing is used until then."""

    at: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class AccountCard:
    """
    An account at one moment.

    `sequence` numbers the changes of its balance, so a program sees whether it has missed one.
    """

    account_id: str
    sequence: int
    balance: Balance
    next_expiry: NextExpiry | None
    locale: str | None
    currency: str | None
    time_zone: str | None
    low_balance_seconds: int | None
    blocked_at: datetime | None


def account_card(
    session: Session, account_id: str, *, at: datetime | None, now: datetime, policy: BurnPolicy
) -> AccountCard:
    """
    Return an account at one moment.

    Args:
        session: a reading session; all of it is read as of one moment.
        account_id: Screph's id.
        at: aware UTC; None is now.
        now: aware UTC.
        policy: the order in which packages are listed.

    Raises:
        UnknownAccount: no message has named it.
    """
    columns = (
        _ACCOUNTS.c.sequence,
        _ACCOUNTS.c.locale,
        _ACCOUNTS.c.currency,
        _ACCOUNTS.c.time_zone,
        _ACCOUNTS.c.low_balance_seconds,
        _ACCOUNTS.c.blocked_at,
    )
    row = session.execute(select(*columns).where(_ACCOUNTS.c.id == account_id)).mappings().one_or_none()
    if row is None:
        raise UnknownAccount(f"no account {account_id} is known; its first message will open it")
    found = account_balance(session, account_id, at=at, now=now, policy=policy)
    return AccountCard(account_id=account_id, balance=found, next_expiry=_next_expiry(found), **row)


def require_account(session: Session, account_id: str) -> None:
    """
    Check that an account is known.

    Raises:
        UnknownAccount: no message has named it.
    """
    if session.execute(select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == account_id)).one_or_none() is None:
        raise UnknownAccount(f"no account {account_id} is known; its first message will open it")


def _next_expiry(found: Balance) -> NextExpiry | None:
    ends = [package.expires_at for package in found.packages if package.expires_at is not None]
    if not ends:
        return None
    first = min(ends)
    return NextExpiry(first, sum(package.left_seconds for package in found.packages if package.expires_at == first))
