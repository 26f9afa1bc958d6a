"""Setups in the store: written before the gateway is called, and again when it has answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select, update
from sqlmodel import Session

from domain.payments.method_setup import OPEN_SETUP_STATUSES, MethodSetup
from store.numbers import number_of
from store.records import changed_names, columns_of, insert_of, record_of, table_of, update_of, values_of
from store.tables import MethodSetupRow

_SETUPS = table_of(MethodSetupRow)
_SELECT = select(*columns_of(MethodSetup, _SETUPS))


class OpenSetup(NamedTuple):
    """A setup that is open at a gateway."""

    id: str
    gateway: str


def add_setup(session: Session, setup: MethodSetup) -> None:
    """Write a new setup: the intent."""
    session.execute(insert_of(MethodSetup, _SETUPS), values_of(setup, _SETUPS))


def save_setup(session: Session, setup: MethodSetup, *, before: MethodSetup) -> None:
    """Write what has changed of a setup; `before` was read under its lock in this transaction."""
    if names := changed_names(setup, before):
        session.execute(update_of(MethodSetup, _SETUPS, names), values_of(setup, _SETUPS, names) | {"of_id": setup.id})


def find_setup(session: Session, setup_id: str) -> MethodSetup | None:
    """Return a setup."""
    row = session.execute(_SELECT.where(_SETUPS.c.id == setup_id)).one_or_none()
    return None if row is None else record_of(MethodSetup, _SETUPS, row)


def lock_setup(session: Session, setup_id: str) -> MethodSetup | None:
    """Return a setup, locked until the end of the transaction."""
    row = session.execute(_SELECT.where(_SETUPS.c.id == setup_id).with_for_update(of=_SETUPS)).one_or_none()
    return None if row is None else record_of(MethodSetup, _SETUPS, row)


def lock_open_setups_of(session: Session, account_id: str) -> list[MethodSetup]:
    """Return the setups of an account that are open, locked until the end of the transaction, by their id."""
    mine = _SELECT.where(_SETUPS.c.account == number_of(_SETUPS.c.account, account_id))
    is_open = _SETUPS.c.status.in_(sorted(OPEN_SETUP_STATUSES))
    rows = session.execute(mine.where(is_open).order_by(_SETUPS.c.id).with_for_update(of=_SETUPS))
    return [record_of(MethodSetup, _SETUPS, row) for row in rows]


def find_setup_id(session: Session, gateway: str, *, setup_id: str | None, ref: str) -> str | None:
    """Return the id of a setup by our id first, else by the gateway's."""
    named = or_(_SETUPS.c.id == setup_id, _SETUPS.c.setup_ref == ref)
    found = session.execute(select(_SETUPS.c.id).where(_SETUPS.c.gateway == gateway, named)).scalars().all()
    return setup_id if setup_id in found else next(iter(found), None)


def mark_setup_polled(session: Session, setup_id: str, *, at: datetime) -> None:
    """Note that a setup is being polled, so that others get their turn."""
    session.execute(update(_SETUPS).where(_SETUPS.c.id == setup_id).values(polled_at=at))


def find_open_setups(session: Session, *, gateways: Sequence[str], before: datetime, limit: int) -> list[OpenSetup]:
    """Return open setups that were not polled since a moment, the oldest first."""
    waiting_since = func.coalesce(_SETUPS.c.polled_at, _SETUPS.c.updated_at)
    rows = session.execute(
        select(_SETUPS.c.id, _SETUPS.c.gateway)
        .where(_SETUPS.c.status.in_(sorted(OPEN_SETUP_STATUSES)), waiting_since < before)
        .where(_SETUPS.c.gateway.in_(gateways))
        .order_by(waiting_since)
        .limit(limit)
    )
    return [OpenSetup(row.id, row.gateway) for row in rows]
