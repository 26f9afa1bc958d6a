"""Reading auto top-up: what a command, and later a page, shows of it. Nothing here writes or locks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from domain.subscriptions.topup import TopupStop
from store.numbers import number_of
from store.records import columns_of, record_of, table_of
from store.tables import TopupRow

_TOPUPS = table_of(TopupRow)


class UnknownTopup(LookupError):
    """The account never had an auto top-up."""


@dataclass(frozen=True, slots=True)
class TopupDetails:
    """The auto top-up of an account: how it is set, and how far it is."""

    is_on: bool
    threshold_seconds: int
    product_id: str
    currency: str
    max_per_day: int
    max_minor_per_day: int | None
    cooldown_seconds: int
    method_id: int | None
    order_id: str | None
    ready_at: datetime | None
    due_at: datetime | None
    stop: TopupStop | None
    stop_code: str | None
    stopped_at: datetime | None


def topup_details(session: Session, account_id: str) -> TopupDetails:
    """
    Return the auto top-up of an account.

    Raises:
        UnknownTopup: it never had one.
    """
    mine = _TOPUPS.c.account == number_of(_TOPUPS.c.account, account_id)
    row = session.execute(select(*columns_of(TopupDetails, _TOPUPS)).where(mine)).one_or_none()
    if row is None:
        raise UnknownTopup(f"account {account_id} never had an auto top-up")
    return record_of(TopupDetails, _TOPUPS, row)
