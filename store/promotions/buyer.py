"""What conditions of codes ask of a buyer: whether somebody has bought before, and when last."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ARRAY, Integer, any_, bindparam, func, select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.payments.refund import RefundStatus
from domain.promotions.redeem import Buyer
from store.records import table_of
from store.tables import AccountRow, CodeTryRow, OrderRow, RefundRow

_ACCOUNTS = table_of(AccountRow)
_ORDERS = table_of(OrderRow)
_REFUNDS = table_of(RefundRow)
_TRIES = table_of(CodeTryRow)


class KnownAccount(NamedTuple):
    """
    The store's number of an account, and its currency; number 0: nobody knows it yet.

    `refused` is how many codes of it were refused lately.
    """

    number: int = 0
    currency: str | None = None
    refused: int = 0


def find_account(session: Session, account_id: str, *, since: datetime) -> KnownAccount:
    """
    Return an account by its id; nothing is locked or written.

    Args:
        session: any.
        account_id: Screph's id of the account.
        since: aware UTC; refused codes count from then on.
    """
    row = session.execute(_ACCOUNT, {"of_id": account_id, "since": since}).one_or_none()
    return KnownAccount() if row is None else KnownAccount(row.number, row.currency, row.refused)


def find_history(session: Session, account_id: str, account: int, accounts: Collection[int]) -> Buyer:
    """
    Return a buyer with what they have bought; free orders and those that were refunded in full do not count.

    Args:
        session: any; certain under the account's lock.
        account_id: Screph's id of the account.
        account: its number.
        accounts: the numbers of all accounts of the same person.
    """
    row = session.execute(_HISTORY, {"of_account": account, "accounts": list(accounts)}).one()
    return Buyer(account_id, is_new=row.bought == 0, last_bought_at=row.last_bought_at)


_REFUNDED_MINOR = (
    select(func.coalesce(func.sum(_REFUNDS.c.amount_minor), 0))
    .where(_REFUNDS.c.order_id == _ORDERS.c.id, _REFUNDS.c.status == RefundStatus.SUCCEEDED)
    .scalar_subquery()
)
_HISTORY = (
    select(
        func.count().label("bought"),
        func.max(_ORDERS.c.paid_at).filter(_ORDERS.c.account == bindparam("of_account")).label("last_bought_at"),
    )
    .where(_ORDERS.c.account == any_(bindparam("accounts", type_=ARRAY(Integer))))
    .where(_ORDERS.c.status == PaymentStatus.PAID, _ORDERS.c.price_minor > _REFUNDED_MINOR)
)
_REFUSED = (
    select(func.count())
    .where(_TRIES.c.account == _ACCOUNTS.c.number, _TRIES.c.tried_at > bindparam("since"))
    .scalar_subquery()
)
_ACCOUNT = select(_ACCOUNTS.c.number, _ACCOUNTS.c.currency, _REFUSED.label("refused")).where(
    _ACCOUNTS.c.id == bindparam("of_id")
)
