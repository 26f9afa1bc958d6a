"""Which accounts are one person's: those that share a mail address without its tag, or a card."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from domain.identity import Identity
from store.records import table_of
from store.tables import AccountRow, IdentityRow


def note_identities(session: Session, account: int, identities: Iterable[Identity], *, at: datetime) -> None:
    """
    Save what an account was seen with; what is known of it already stays.

    Args:
        session: any, with the account locked.
        account: its number.
        identities: of it.
        at: aware UTC.
    """
    rows = [
        {"account": account, "kind": one.kind, "value": one.value, "first_seen_at": at}
        for one in sorted(set(identities), key=lambda one: one.value)
    ]
    if rows:
        session.execute(insert(IdentityRow).values(rows).on_conflict_do_nothing())


def accounts_of_person(session: Session, account: int) -> list[int]:
    """Return the numbers of all accounts that are the same person's, the account's own among them, in order."""
    return sorted({account, *session.scalars(_SHARING, {"of_account": account})})


def lock_person(session: Session, account_id: str) -> list[int]:
    """
    Return the same by an account's id, one of the accounts at a time: who asks for another of them meanwhile waits.

    To be called under the account's lock, and after every other lock of the transaction but those of promotions.
    """
    account = account_number(session, account_id)
    mine = select(col(IdentityRow.value)).where(col(IdentityRow.account) == account)
    shared = select(col(IdentityRow.value)).where(col(IdentityRow.value).in_(mine))
    session.execute(shared.order_by(col(IdentityRow.value), col(IdentityRow.account)).with_for_update())
    return accounts_of_person(session, account)


def account_number(session: Session, account_id: str) -> int:
    """Return the number of an account that is there."""
    found: int = session.execute(select(col(AccountRow.number)).where(col(AccountRow.id) == account_id)).scalar_one()
    return found


# Built once: every code that somebody names asks this, and building it took longer than PostgreSQL needs for it.
_MINE, _OTHERS = table_of(IdentityRow).alias("mine"), table_of(IdentityRow).alias("others")
_SHARING = (
    select(_OTHERS.c.account)
    .join(_MINE, _MINE.c.value == _OTHERS.c.value)
    .where(_MINE.c.account == bindparam("of_account"))
)
