"""Which accounts are one person's: those that share a mail address without its tag, or a card."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.identity import Identity
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
    mine, other = aliased(IdentityRow), aliased(IdentityRow)
    sharing = (
        select(col(other.account))
        .select_from(mine)
        .join(other, and_(col(mine.value) == col(other.value)))
        .where(col(mine.account) == account)
    )
    return sorted({account, *session.scalars(sharing)})


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
