"""Reading what a buyer sees of their own orders and packages. Nothing here writes or locks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.money import Money
from store.newest_first import WantedPage, page_of
from store.payments.read import OrderPage, UnknownOrder, order_page
from store.records import table_of
from store.tables import OrderRow, PackageRow

_ORDERS, _PACKAGES = table_of(OrderRow), table_of(PackageRow)


@dataclass(frozen=True, slots=True)
class PackageName:
    """What a package is called: its kind, and as what it was bought, if it was."""

    kind: str
    title: str | None


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """An order in the list of its buyer."""

    id: str
    title: str
    price: Money
    status: PaymentStatus
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceiptList:
    """A page of an account's orders, the newest first; `next_cursor` leads to the next page, where there is one."""

    lines: tuple[ReceiptLine, ...]
    next_cursor: str | None


def list_receipts(session: Session, account_id: str, *, limit: int, cursor: str | None = None) -> ReceiptList:
    """
    Return a page of an account's own orders, the newest first.

    Raises:
        WrongCursor: no page of orders has given it.
    """
    wanted = WantedPage(account_id, None, limit, cursor)
    return ReceiptList(*page_of(session, ReceiptLine, _ORDERS, wanted))


def own_order_page(session: Session, account_id: str, order_id: str) -> OrderPage | None:
    """Return the page of an order by its whole id; None: the account has no such order."""
    try:
        page = order_page(session, order_id)
    except UnknownOrder:
        return None
    return page if (page.order.id, page.order.account_id) == (order_id, account_id) else None


def package_names(session: Session, package_ids: Iterable[str]) -> dict[str, PackageName]:
    """Return what packages are called, by their ids."""
    wanted = list(package_ids)
    if not wanted:
        return {}
    named = (
        select(_PACKAGES.c.id, _PACKAGES.c.kind, _ORDERS.c.title)
        .join_from(_PACKAGES, _ORDERS, _ORDERS.c.package == _PACKAGES.c.number, isouter=True)
        .where(_PACKAGES.c.id.in_(wanted))
    )
    return {row.id: PackageName(row.kind, row.title) for row in session.execute(named)}
