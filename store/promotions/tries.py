"""Tries in the store: codes that were refused, by account and by address."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session

from store.records import table_of
from store.tables import CodeTryRow

_TRIES = table_of(CodeTryRow)


def add_try(session: Session, account: int, address: str | None, *, at: datetime) -> None:
    """Write that a code was refused."""
    session.execute(insert(_TRIES).values(account=account, address=address, tried_at=at))


def count_tries(session: Session, account: int, address: str | None, *, since: datetime) -> tuple[int, int]:
    """Return how many codes of an account, and from an address, were refused since a moment."""
    late = select(func.count()).where(_TRIES.c.tried_at > since)
    of_account = session.execute(late.where(_TRIES.c.account == account)).scalar_one()
    if address is None:
        return of_account, 0
    return of_account, session.execute(late.where(_TRIES.c.address == address)).scalar_one()


def forget_tries(session: Session, *, before: datetime) -> None:
    """Remove those that count no more; an address is kept no longer than that."""
    session.execute(delete(_TRIES).where(_TRIES.c.tried_at < before))
