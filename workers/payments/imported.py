"""Importing minutes: each purchase becomes a paid order with its package, what was used of it a usage of that time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from domain.ids import order_id_of_message, package_id_of_message, package_id_of_order
from domain.minutes.book import Book
from domain.minutes.burn import BurnPolicy
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.grant import new_package
from domain.minutes.package import PackageKind
from domain.money import Money
from domain.payments.order import PurchaseKind
from store.engine import Session
from store.inbox import Arrival, Key, claim_in_books
from store.minutes.save import Message, Usage, save
from store.payments.imported import left_in, save_imported_orders
from workers.facts import Facts

GATEWAY = "imported"
SOURCE = "django-import"

GRANTED, PAID, USED = "screph.package.grant_requested.v1", "screph.payment.paid.v1", "screph.usage.reported.v1"


@dataclass(frozen=True, slots=True)
class Payment:
    """What paid for a package: the gateway's id of it there, the product here, and the price."""

    ref: str
    product: int
    title: str
    price: Money
    kind: PurchaseKind


@dataclass(frozen=True, slots=True)
class ImportedPackage:
    """
    Minutes that are to be imported as one package; those without a payment were given, or their payment is lost.

    Where `is_dated` is false nobody knows when they were bought, and `activated_at` is the moment of the import.
    """

    account_id: str
    name: str
    granted_seconds: int
    left_seconds: int
    activated_at: datetime
    is_dated: bool = True
    payment: Payment | None = None

    @property
    def key(self) -> Key:
        """What names the grant for ever."""
        return unpaid_key(self.name) if self.payment is None else paid_key(self.payment.ref)

    @property
    def used_key(self) -> Key:
        """What names the usage for ever."""
        return Key(SOURCE, f"{self.name}/used")

    @property
    def order_id(self) -> str:
        """The id of the order, if it was paid for."""
        return order_id_of_message(*self.key)

    @property
    def package_id(self) -> str:
        """The id of the package."""
        return package_id_of_message(*self.key) if self.payment is None else package_id_of_order(self.order_id)

    @property
    def content(self) -> bytes:
        """What is imported, hashed: the same key with another content was changed in the old backend meanwhile."""
        at = self.activated_at.isoformat() if self.is_dated else "unknown"
        said = f"{self.account_id} {self.granted_seconds} {self.left_seconds} {at}"
        return sha256(said.encode()).digest()


@dataclass(frozen=True, slots=True)
class ImportedMinutes:
    """What came of some packages: how many are new, how many were there, seconds left in both, and what has changed."""

    new: int
    known: int
    left_seconds: int
    changed: tuple[ImportedPackage, ...]


def paid_key(ref: str) -> Key:
    """Return what names the grant of a payment, by what its gateway calls it."""
    return Key(f"gateway/{GATEWAY}", f"paid:{ref}")


def unpaid_key(name: str) -> Key:
    """Return what names a grant without a payment."""
    return Key(SOURCE, name)


def import_packages(
    session: Session, books: Mapping[str, Book], packages: Sequence[ImportedPackage], facts: Facts
) -> ImportedMinutes:
    """
    Import packages that were not imported before.

    No debt is settled and nobody hears of it by notice: it is their past. The balances after it are emitted.

    Args:
        session: the transaction in which the books were opened.
        books: of the packages' accounts.
        packages: each key once.
        facts: of the transaction.
    """
    arrivals = [arrival for one in packages for arrival in _arrivals(one, books[one.account_id].account_number)]
    claims = claim_in_books(session, arrivals, lines=len(arrivals))
    by_key = {arrival.key: arrival for arrival in arrivals}
    fresh = [one for one in packages if one.key in claims.fresh]
    known = [one for one in packages if one.key in claims.known]
    messages: list[Message] = []
    for one in fresh:
        messages += _book(books[one.account_id], one, by_key, claims.fresh)
    for book in books.values():
        if book.has_changed:
            facts.emit_balance(book)
    save(session, books.values(), facts, messages=messages, entry_ids=claims.entry_ids)
    orders = (_order(one, books, claims.fresh[one.key], facts.at) for one in fresh if one.payment is not None)
    save_imported_orders(session, orders)
    left_seconds = left_in(session, [one.package_id for one in fresh])
    changed = tuple(one for one in known if not claims.known[one.key].has_content(one.content))
    unchanged = sum(one.left_seconds for one in known if one not in changed)
    return ImportedMinutes(len(fresh), len(known) - len(changed), left_seconds + unchanged, changed)


def _arrivals(one: ImportedPackage, account: int) -> Iterable[Arrival]:
    yield Arrival(one.key, GRANTED if one.payment is None else PAID, one.content, account)
    if one.left_seconds < one.granted_seconds:
        yield Arrival(one.used_key, USED, one.content, account)


def _book(
    book: Book, one: ImportedPackage, arrivals: Mapping[Key, Arrival], ids: Mapping[Key, int]
) -> Iterable[Message]:
    grant_id, at = ids[one.key], one.activated_at
    package = new_package(one.package_id, one.account_id, kind=PackageKind.PURCHASED, activated_at=at)
    book.add(package)
    book.write(Entry(EntryKind.GRANT, one.granted_seconds, at, grant_id, package.id))
    yield Message(grant_id, arrivals[one.key])
    used_seconds = one.granted_seconds - one.left_seconds
    if used_seconds:
        used_id = ids[one.used_key]
        book.write(Entry(EntryKind.BURN, -used_seconds, at, used_id, package.id, used_id))
        usage = Usage(used_id, book.account_number, used_seconds, 0, 0, at, BurnPolicy.OLDEST_FIRST)
        yield Message(used_id, arrivals[one.used_key], None, usage)


def _order(one: ImportedPackage, books: Mapping[str, Book], message_id: int, at: datetime) -> dict[str, Any]:
    payment = one.payment
    assert payment is not None
    return {
        "id": one.order_id,
        "account": books[one.account_id].account_number,
        "product": payment.product,
        "package_id": one.package_id,
        "gateway": GATEWAY,
        "kind": payment.kind,
        "currency": payment.price.currency,
        "price_minor": payment.price.minor,
        "granted_seconds": one.granted_seconds,
        "title": payment.title,
        "message_id": message_id,
        "payment_ref": payment.ref,
        "paid_at": one.activated_at,
        "recorded_at": at,
        "created_at": one.activated_at,
    }
