"""What the store says now of the reason for a notice."""

from sqlalchemy import select
from sqlmodel import Session

from domain.minutes.package import Package
from store.minutes.book import package_of
from store.records import table_of
from store.tables import AccountRow, PackageRow

_ACCOUNTS, _PACKAGES = table_of(AccountRow), table_of(PackageRow)


def find_package(session: Session, account_id: str, package_id: str) -> Package | None:
    """Return a package of an account as it is now; nothing is locked."""
    account = select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == account_id).scalar_subquery()
    row = session.scalars(
        select(PackageRow).where(_PACKAGES.c.id == package_id, _PACKAGES.c.account == account)
    ).one_or_none()
    return None if row is None else package_of(row, account_id)


def low_balance_seconds(session: Session, account_id: str) -> int | None:
    """Return below how many seconds the account wants to hear of its balance; None: it has not chosen."""
    return session.execute(
        select(_ACCOUNTS.c.low_balance_seconds).where(_ACCOUNTS.c.id == account_id)
    ).scalar_one_or_none()
