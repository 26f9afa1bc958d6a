"""Which accounts are one person's: those that share a mail address without its tag, or a card."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.identity import Identity
from store.tables import IdentityRow


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
