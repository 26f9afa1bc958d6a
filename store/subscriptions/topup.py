"""Auto top-up in the store: changed under its account's lock."""

from datetime import datetime, timedelta

from sqlalchemy import TextClause, bindparam, func, select, text, update
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.payments.order import PurchaseKind
from domain.subscriptions.topup import BURST_WITHIN, BoughtToday, Topup
from store.numbers import number_of
from store.records import changed_names, columns_of, insert_of, record_of, table_of, update_of, values_of
from store.tables import AccountRow, OrderRow, TopupRow

_TOPUPS, _ORDERS, _ACCOUNTS = table_of(TopupRow), table_of(OrderRow), table_of(AccountRow)


def add_topup(session: Session, topup: Topup) -> None:
    """Write the auto top-up of an account that had none."""
    session.execute(insert_of(Topup, _TOPUPS), values_of(topup, _TOPUPS))


def save_topup(session: Session, topup: Topup, *, before: Topup) -> None:
    """Write what has changed of an auto top-up; `before` was read under its account's lock in this transaction."""
    if names := changed_names(topup, before):
        session.execute(update_of(Topup, _TOPUPS, names), values_of(topup, _TOPUPS, names) | {"of_id": topup.id})


def find_topup(session: Session, account_id: str) -> Topup | None:
    """Return the auto top-up of an account; whoever will change it holds the account's lock."""
    row = session.execute(_FIND, {"of_account": account_id}).one_or_none()
    return None if row is None else record_of(Topup, _TOPUPS, row)


def set_topup_below(session: Session, account_id: str, seconds: int | None) -> None:
    """Let changes of an account's balance notice that it is below so many seconds; None: they need not look."""
    is_other = _ACCOUNTS.c.topup_below_seconds.is_distinct_from(seconds)
    changed = update(_ACCOUNTS).where(_ACCOUNTS.c.id == account_id, is_other)
    session.execute(changed.values(topup_below_seconds=seconds))


def make_topup_due(session: Session, account_id: str, *, at: datetime) -> None:
    """Let the next look take the auto top-up of an account, if it is on; changes of its balance need not look."""
    mine = _TOPUPS.c.account == number_of(_TOPUPS.c.account, account_id)
    session.execute(update(_TOPUPS).where(mine, _TOPUPS.c.is_on).values(due_at=at))
    set_topup_below(session, account_id, None)


def bought_today(session: Session, account_id: str, currency: str, *, at: datetime) -> BoughtToday:
    """
    Return the top-ups that an account began on the UTC day of a moment and that did not come to nothing.

    All of them count for the number, those in a currency for the money: currencies are never added.
    """
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    period = {"since": midnight, "until": midnight + timedelta(days=1)}
    row = session.execute(_BOUGHT, {"of_account": account_id, "in_currency": currency} | period).one()
    return BoughtToday(row.orders, int(row.minor))


def count_recent_successes(session: Session, account_id: str, *, at: datetime) -> int:
    """Return how many top-ups of an account were paid within the last hour."""
    named = {"of_account": account_id, "since": at - BURST_WITHIN}
    count: int = session.execute(_RECENT, named).scalar_one()
    return count


def find_due_topups(session: Session, *, at: datetime, limit: int) -> list[str]:
    """
    Return accounts whose auto top-up has something to do, those that have waited longest first.

    That is: its order has ended; or none is under way, and its time has come. A blocked account waits.
    """
    return list(session.execute(due_query(at=at, limit=limit)).scalars())


def due_query(*, at: datetime, limit: int) -> TextClause:
    """Return the query of `find_due_topups`; two partial indexes have what it wants, however many top-ups there are."""
    return _DUE.bindparams(at=at, most=limit)


_MINE = number_of(_TOPUPS.c.account, bindparam("of_account"))
_FIND = select(*columns_of(Topup, _TOPUPS)).where(_TOPUPS.c.account == _MINE)

_OF_ACCOUNT = _ORDERS.c.account == number_of(_ORDERS.c.account, bindparam("of_account"))
_IS_TOPUP = _ORDERS.c.kind == PurchaseKind.TOP_UP
_MINOR = func.sum(_ORDERS.c.price_minor).filter(_ORDERS.c.currency == bindparam("in_currency"))
_BOUGHT = (
    select(func.count().label("orders"), func.coalesce(_MINOR, 0).label("minor"))
    .where(_OF_ACCOUNT, _IS_TOPUP, _ORDERS.c.status.not_in([PaymentStatus.FAILED, PaymentStatus.EXPIRED]))
    .where(_ORDERS.c.created_at >= bindparam("since"), _ORDERS.c.created_at < bindparam("until"))
)
_RECENT = (
    select(func.count())
    .where(_OF_ACCOUNT, _IS_TOPUP, _ORDERS.c.status == PaymentStatus.PAID)
    .where(_ORDERS.c.recorded_at > bindparam("since"))
)

_DUE = text("""
    SELECT account.id FROM (
        (SELECT topup.account, topup.due_at AS since
         FROM topup JOIN account ON account.number = topup.account
         WHERE topup.is_on AND topup.order_id IS NULL AND topup.due_at <= :at AND account.blocked_at IS NULL
         ORDER BY topup.due_at
         LIMIT :most)
        UNION ALL
        (SELECT topup.account, orders.updated_at
         FROM topup JOIN orders ON orders.id = topup.order_id
         WHERE topup.order_id IS NOT NULL AND orders.status IN ('paid', 'failed', 'expired')
           AND (topup.due_at IS NULL OR topup.due_at <= :at)
         LIMIT :most)
    ) AS due
    JOIN account ON account.number = due.account
    ORDER BY due.since, account.id
    LIMIT :most
""")
