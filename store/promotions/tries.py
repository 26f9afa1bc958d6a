"""Tries in the store: codes that were refused, by account and by address."""

from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select
from sqlmodel import Session

from store.records import table_of
from store.tables import CodeTryRow

_TRIES = table_of(CodeTryRow)


def add_try(session: Session, account: int, address: str | None, *, at: datetime) -> None:
    """Write that a code was refused."""
    session.execute(insert(_TRIES).values(account=account, address=address, tried_at=at))


def count_tries(session: Session, account: int, address: str | None, *, since: datetime) -> tuple[int, int]:
    """Return how many codes of an account, and from an address, were refused since a moment."""
    row = session.execute(_REFUSED, {"of_account": account, "of_address": address, "since": since}).one()
    return row.of_account, row.of_address


def forget_tries(session: Session, *, before: datetime) -> None:
    """Remove those that count no more; an address is kept no longer than that."""
    session.execute(delete(_TRIES).where(_TRIES.c.tried_at < before))


def forget_tries_of(session: Session, account: int) -> None:
    """Remove those of an account, with their addresses."""
    session.execute(delete(_TRIES).where(_TRIES.c.account == account))


_LATE = select(func.count()).where(_TRIES.c.tried_at > bindparam("since"))
# An address that is not known equals none, so nothing is counted for it.
_REFUSED = select(
    _LATE.where(_TRIES.c.account == bindparam("of_account")).scalar_subquery().label("of_account"),
    _LATE.where(_TRIES.c.address == bindparam("of_address")).scalar_subquery().label("of_address"),
)
