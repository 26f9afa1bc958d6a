"""Reading what a buyer sees of their own orders and packages. Nothing here writes or locks."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.money import Money
from store.newest_first import WantedPage, page_of
from store.numbers import id_of
from store.payments.read import OrderPage, UnknownOrder, order_page
from store.records import table_of
from store.tables import OrderRow, PackageRow, ProductRow, ProductWordingRow

_ORDERS, _PACKAGES = table_of(OrderRow), table_of(PackageRow)
_PRODUCTS, _WORDINGS = table_of(ProductRow), table_of(ProductWordingRow)

UNITS_TIMES = " × "
"""Between the number of units and the name, in the title of an order of several."""


@dataclass(frozen=True, slots=True)
class PackageName:
    """What a package is called: its kind, and as what it was bought, if it was."""

    kind: str
    title: str | None


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """An order in the list of its buyer."""

    id: str
    product_id: str
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


def list_receipts(
    session: Session, account_id: str, *, limit: int, cursor: str | None = None, language: str | None = None
) -> ReceiptList:
    """
    Return a page of an account's own orders, the newest first, with their titles as `titles_in` has them.

    Raises:
        WrongCursor: no page of orders has given it.
    """
    wanted = WantedPage(account_id, None, limit, cursor)
    lines, next_cursor = page_of(session, ReceiptLine, _ORDERS, wanted)
    titles = titles_in(session, language, [(line.product_id, line.title) for line in lines])
    named = tuple(replace(line, title=titles.get((line.product_id, line.title), line.title)) for line in lines)
    return ReceiptList(named, next_cursor)


def own_order_page(
    session: Session, account_id: str, order_id: str, *, language: str | None = None
) -> OrderPage | None:
    """
    Return the page of an order by its whole id; None: the account has no such order.

    Its title is as `titles_in` has it.
    """
    try:
        page = order_page(session, order_id)
    except UnknownOrder:
        return None
    if (page.order.id, page.order.account_id) != (order_id, account_id):
        return None
    title = title_in(session, language, page.order.product_id, page.order.title)
    return replace(page, order=replace(page.order, title=title))


def package_names(
    session: Session, package_ids: Iterable[str], *, language: str | None = None
) -> dict[str, PackageName]:
    """Return what packages are called, by their ids; titles are as `titles_in` has them."""
    wanted = list(package_ids)
    if not wanted:
        return {}
    named = (
        select(_PACKAGES.c.id, _PACKAGES.c.kind, id_of(_ORDERS.c.product), _ORDERS.c.title)
        .join_from(_PACKAGES, _ORDERS, _ORDERS.c.package == _PACKAGES.c.number, isouter=True)
        .where(_PACKAGES.c.id.in_(wanted))
    )
    rows = session.execute(named).all()
    titles = titles_in(session, language, [(row.product_id, row.title) for row in rows if row.title is not None])
    return {row.id: PackageName(row.kind, titles.get((row.product_id, row.title), row.title)) for row in rows}


def title_in(session: Session, language: str | None, product_id: str, title: str) -> str:
    """Return a title as `titles_in` has it."""
    return titles_in(session, language, [(product_id, title)]).get((product_id, title), title)


def titles_in(session: Session, language: str | None, sold: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """
    Return titles of orders in a language, by their products' ids and themselves.

    An order keeps the name under which it was bought. It has another here only while its product is still called that
    in some language and has a name in this one, which is then the same name in other words.

    Args:
        session: any.
        language: of the reader; None: the titles stay.
        sold: a product's id and the title of an order of it.
    """
    pairs = set(sold)
    if language is None or not pairs:
        return {}
    wanted = (
        select(_PRODUCTS.c.id, _WORDINGS.c.locale, _WORDINGS.c.name)
        .join_from(_PRODUCTS, _WORDINGS, _WORDINGS.c.product == _PRODUCTS.c.number)
        .where(_PRODUCTS.c.id.in_(sorted({product_id for product_id, _title in pairs})))
    )
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in session.execute(wanted):
        names[row.id][row.locale] = row.name
    found = {}
    for product_id, title in pairs:
        units, times, name = title.rpartition(UNITS_TIMES)
        of_product = names[product_id]
        # Browsers ask for `ru-RU`, catalogues have names in `ru`.
        here = next(
            (tag for tag in (language, language.replace("_", "-").split("-")[0].lower()) if tag in of_product), None
        )
        if here is not None and name in of_product.values():
            found[product_id, title] = f"{units}{times}{of_product[here]}"
    return found
