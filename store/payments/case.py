"""The case of an order: everything that decides about its money and its minutes, opened under its locks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from domain.ids import package_id_of_bonus, package_id_of_order
from domain.minutes.book import Book
from domain.minutes.package import Package, PackageState
from domain.payments.attempt import PaymentAttempt
from domain.payments.bought import NO_BONUS, Bought, PackageSeconds, bought_of
from domain.payments.dispute import Dispute
from domain.payments.order import Order
from domain.payments.refund import Refund
from store.minutes.book import add_packages, open_books
from store.minutes.save import Usage, save
from store.outbox import OutgoingFacts
from store.payments.attempt import add_attempts
from store.payments.dispute import add_dispute, find_disputes, save_dispute
from store.payments.order import OrderKey, find_order_key, lock_orders_in_books, save_orders
from store.payments.refund import add_refund, find_refunds, save_refund


@dataclass(slots=True)
class Case:
    """
    An order with its account's book, its package, its refunds and its disputes, until the end of the transaction.

    Decisions put changed records in; `save_cases` writes what differs from what was loaded. Refunds are by our id and
    disputes by the gateway's, the oldest first. `has_bought_before`: the account has another order that is paid and
    not refunded in full.
    """

    order: Order
    book: Book
    refunds: dict[str, Refund] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    attempts: list[PaymentAttempt] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    has_bought_before: bool = False
    _loaded: dict[str, Order | Refund | Dispute] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._loaded = {_name(record): record for record in self._records()}

    @property
    def package_id(self) -> str:
        """The id of the package that the order grants, whether it is there already or not."""
        return package_id_of_order(self.order.id)

    @property
    def package(self) -> Package:
        """The package that was granted; to be asked of paid orders only."""
        return self.book.packages[self.package_id]

    @property
    def bonus_package_id(self) -> str:
        """The id of the package that the order grants besides, if it grants any."""
        return package_id_of_bonus(self.order.id)

    @property
    def bonus_package(self) -> Package | None:
        """The package that was granted besides; None: there is none."""
        return self.book.packages.get(self.bonus_package_id)

    @property
    def bought(self) -> Bought:
        """What the order bought and what became of it, as it is now; to be asked of paid orders only."""
        bonus = NO_BONUS if self.bonus_package is None else seconds_of(self.bonus_package)
        refunds, disputes = self.refunds.values(), self.disputes.values()
        return bought_of(self.order, seconds_of(self.package), refunds, disputes, bonus=bonus)

    def find_refund(self, refund_id: str | None, ref: str) -> Refund | None:
        """Return a refund of this order by our id first, unless the gateway calls that one otherwise; else by `ref`."""
        named = self.refunds.get(refund_id) if refund_id is not None else None
        if named is not None and named.may_be(ref):
            return named
        return next((one for one in self.refunds.values() if one.refund_ref == ref), None)

    def changed(self) -> Iterable[tuple[Order | Refund | Dispute, Order | Refund | Dispute | None]]:
        """Give the records that differ from what was loaded, each with what was loaded; None: it is new."""
        for record in self._records():
            loaded = self._loaded.get(_name(record))
            if record != loaded:
                yield record, loaded

    def _records(self) -> list[Order | Refund | Dispute]:
        return [self.order, *self.refunds.values(), *self.disputes.values()]


def open_case(
    session: Session, order_id: str | None = None, *, gateway: str | None = None, refs: Sequence[str | None] = ()
) -> Case | None:
    """
    Open the case of an order, named as in `find_order_key`; None: no such order.

    The account is locked first, then the order, by everybody, so nobody waits in a circle. Refunds and disputes are
    only changed under these locks, and only paid orders have any.
    """
    key = find_order_key(session, order_id, gateway=gateway, refs=refs)
    return None if key is None else open_cases(session, [key])[key.id]


def open_cases(session: Session, keys: Sequence[OrderKey]) -> dict[str, Case]:
    """Open the cases of orders as `open_case` does, each of another account; by the order's id."""
    books = open_books(session, {key.account_id for key in keys})
    locked = lock_orders_in_books(session, [key.id for key in keys])
    return {key.id: _open(session, books[key.account_id], *locked[key.id]) for key in keys}


def _open(session: Session, book: Book, order: Order, has_bought_before: bool) -> Case:
    if not order.is_paid:
        return Case(order, book, has_bought_before=has_bought_before)
    granted = [package_id_of_order(order.id), order.bonus_package_id]
    add_packages(session, book, [package_id for package_id in granted if package_id is not None])
    refunds = {one.id: one for one in find_refunds(session, order.id)}
    disputes = {one.dispute_ref: one for one in find_disputes(session, order.id)}
    return Case(order, book, refunds, disputes, has_bought_before=has_bought_before)


def save_cases(session: Session, cases: Sequence[Case], facts: OutgoingFacts) -> None:
    """Write everything that changed in some cases, once, and the facts that say so."""
    # The books first: an order refers to its package by the number that the package gets by being stored.
    books, usages = [case.book for case in cases], [usage for case in cases for usage in case.usages]
    save(session, books, facts, usages=usages)
    orders: list[tuple[Order, Order]] = []
    for record, loaded in (each for case in cases for each in case.changed()):
        match record:
            case Order():
                assert isinstance(loaded, Order)
                orders.append((record, loaded))
            case Refund():
                (save_refund if loaded else add_refund)(session, record)
            case Dispute():
                (save_dispute if loaded else add_dispute)(session, record)
    save_orders(session, orders)
    add_attempts(session, [attempt for case in cases for attempt in case.attempts])


def seconds_of(package: Package) -> PackageSeconds:
    """Return a package as payments know it."""
    return PackageSeconds(
        left_seconds=package.left_seconds,
        consumed_seconds=package.consumed_seconds,
        frozen_seconds=package.frozen_seconds,
        is_frozen=package.state is PackageState.FROZEN,
        is_voided=package.state is PackageState.VOIDED,
    )


def _name(record: Order | Refund | Dispute) -> str:
    match record:
        case Order():
            return f"order {record.id}"
        case Refund():
            return f"refund {record.id}"
        case Dispute():
            return f"dispute {record.dispute_ref}"
