"""Reading what an account can spend as Screph's program shows it: each package with the offer that it was bought by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, select, true
from sqlmodel import Session

from domain.minutes.balance import balance
from domain.minutes.burn import BurnPolicy
from domain.minutes.package import Package
from domain.money import Money
from store.minutes.book import package_of
from store.minutes.read import UnknownAccount
from store.records import table_of
from store.tables import AccountRow, OrderRow, PackageRow, PriceRow, ProductRow, ProductWordingRow

_ACCOUNTS = table_of(AccountRow)
_PACKAGES = table_of(PackageRow)
_ORDERS = table_of(OrderRow)
_PRODUCTS = table_of(ProductRow)
_PRICES = table_of(PriceRow)
_WORDINGS = table_of(ProductWordingRow)


@dataclass(frozen=True, slots=True)
class Offer:
    """A product by its number; `price` is of today in the shop's currency, else what it cost when it was bought."""

    number: int
    name: str
    description: str
    granted_seconds: int
    price: Money
    is_active: bool


@dataclass(frozen=True, slots=True)
class OfferedPackage:
    """A package, and the offer that it was bought by; one that was given has none."""

    package: Package
    offer: Offer | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A user and what they can spend, in burn order; `number` is the store's own number of the account."""

    account_id: str
    number: int
    username: str | None
    email: str | None
    available_seconds: int
    packages: tuple[OfferedPackage, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """In which language offers are named, and in which currency they are priced."""

    locale: str
    currency: str


def account_profile(
    session: Session, account_id: str, wording: Wording, *, now: datetime, policy: BurnPolicy
) -> Profile:
    """
    Return a user with the packages that can be spent now.

    Args:
        session: any; one query.
        account_id: Screph's id.
        wording: of the offers; a product without a name in that language has one in another.
        now: aware UTC.
        policy: the order of the packages.

    Raises:
        UnknownAccount: no message has named it.
    """
    rows = _rows(session, wording, _ACCOUNTS.c.id == account_id, _PACKAGES.c.has_left)
    if not rows:
        raise UnknownAccount(f"no account {account_id} is known; its first message will open it")
    account = rows[0]
    offered = {one.package.id: one for row in rows if (one := _offered(row, account_id)) is not None}
    found = balance((one.package for one in offered.values()), debt_seconds=0, at=now, policy=policy)
    return Profile(
        account_id,
        account.number,
        account.username,
        account.email,
        found.available_seconds,
        tuple(offered[package.id] for package in found.packages),
    )


def offered_package(session: Session, account_id: str, package_id: str, wording: Wording) -> tuple[int, OfferedPackage]:
    """
    Return the number of an account, and one package of it, whether something is left or not.

    Raises:
        LookupError: the account has no such package.
    """
    rows = _rows(session, wording, _ACCOUNTS.c.id == account_id, _PACKAGES.c.id == package_id)
    offered = _offered(rows[0], account_id) if rows else None
    if offered is None:
        raise LookupError(f"account {account_id} has no package {package_id}")
    return rows[0].number, offered


def _rows(session: Session, wording: Wording, account: ColumnElement[bool], package: Any) -> Sequence[Row[Any]]:
    of_package = (_PACKAGES.c.account == _ACCOUNTS.c.number) & package
    of_price = (_PRICES.c.product == _PRODUCTS.c.number) & (_PRICES.c.currency == wording.currency)
    query = (
        select(*_COLUMNS)
        .select_from(_ACCOUNTS)
        .outerjoin(_PACKAGES, of_package)
        .outerjoin(_ORDERS, _ORDERS.c.package == _PACKAGES.c.number)
        .outerjoin(_PRODUCTS, _PRODUCTS.c.number == _ORDERS.c.product)
        .outerjoin(_PRICES, of_price)
        .outerjoin(_WORDS, true())
        .where(account)
    )
    return session.execute(query, {"locale": wording.locale}).all()


def _offered(row: Row[Any], account_id: str) -> OfferedPackage | None:
    if row.PackageRow is None:
        return None
    package = package_of(row.PackageRow, account_id)
    if row.product_number is None:
        return OfferedPackage(package, None)
    offer = Offer(
        row.product_number,
        row.name or row.product_id,
        row.description or "",
        row.offered_seconds,
        Money(row.price_minor, row.price_currency),
        row.is_offered,
    )
    return OfferedPackage(package, offer)


# The name in the language that is wanted, else in English, else in the first there is.
_WORDS = (
    select(_WORDINGS.c.name, _WORDINGS.c.description)
    .where(_WORDINGS.c.product == _PRODUCTS.c.number)
    .order_by(
        (_WORDINGS.c.locale == bindparam("locale")).desc(),
        (_WORDINGS.c.locale == "en").desc(),
        _WORDINGS.c.position,
    )
    .limit(1)
    .lateral("words")
)

_COLUMNS: tuple[Any, ...] = (
    _ACCOUNTS.c.number,
    _ACCOUNTS.c.username,
    _ACCOUNTS.c.email,
    PackageRow,
    _PRODUCTS.c.number.label("product_number"),
    _PRODUCTS.c.id.label("product_id"),
    _PRODUCTS.c.granted_seconds.label("offered_seconds"),
    _PRODUCTS.c.is_active.label("is_offered"),
    _WORDS.c.name,
    _WORDS.c.description,
    func.coalesce(_PRICES.c.amount_minor, _ORDERS.c.list_price_minor).label("price_minor"),
    func.coalesce(_PRICES.c.currency, _ORDERS.c.currency).label("price_currency"),
)
