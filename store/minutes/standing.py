"""The standing of accounts: looked up, and changed under the account's lock, each change with a line that stays."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlmodel import Session

from domain.minutes.standing import Standing
from store.records import table_of
from store.tables import AccountRow, StandingChangeRow

_ACCOUNTS, _CHANGES = table_of(AccountRow), table_of(StandingChangeRow)


@dataclass(frozen=True, slots=True)
class StandingChange:
    """
    How an account stands from `at` on; CLOSED is for ever.

    `account` is its number, `by` the source of the message that asked for it, `message` that message's number, and
    `reason` a sentence for whoever asks later.
    """

    account: int
    standing: Standing
    by: str
    reason: str
    message: int
    at: datetime


def find_standing(session: Session, account_id: str) -> Standing:
    """Return how an account stands; one that nobody knows is open."""
    row = session.execute(
        select(_ACCOUNTS.c.blocked_at, _ACCOUNTS.c.closed_at).where(_ACCOUNTS.c.id == account_id)
    ).one_or_none()
    if row is None:
        return Standing.OPEN
    if row.closed_at is not None:
        return Standing.CLOSED
    return Standing.OPEN if row.blocked_at is None else Standing.BLOCKED


def change_standing(session: Session, change: StandingChange) -> None:
    """Save how an account stands, and who wanted it so and why; the account is locked by the transaction."""
    this = update(_ACCOUNTS).where(_ACCOUNTS.c.number == change.account)
    session.execute(
        this.values(
            blocked_at=change.at if change.standing is Standing.BLOCKED else None,
            closed_at=change.at if change.standing is Standing.CLOSED else None,
        )
    )
    session.execute(insert(_CHANGES).values(asdict(change)))
