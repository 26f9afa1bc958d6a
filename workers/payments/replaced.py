"""Replaced: what is left of one order's package ends with the payment of the order that its worth was credited to."""

from dataclasses import replace

from domain.ids import package_id_of_order
from domain.minutes.entry import Entry, EntryKind
from store.engine import Session
from store.minutes.book import add_packages
from store.payments.case import Case
from store.payments.order import lock_order, save_order
from workers.facts import Facts


def void_replaced(session: Session, case: Case, facts: Facts, *, message_id: int) -> None:
    """
    Void the seconds whose worth reduced the price of a case's order, which is just being granted.

    What of them was used since the price was made is taken from the new package: it was paid for once.

    Args:
        session: of the transaction.
        case: of the order; its account is locked, so nobody uses anything meanwhile.
        facts: their moment is that of the entries.
        message_id: the payment.
    """
    order = case.order
    if order.replaces_order_id is None or not order.replaces_seconds:
        return
    replaced = lock_order(session, order.replaces_order_id)
    assert replaced is not None
    package_id = package_id_of_order(replaced.id)
    add_packages(session, case.book, [package_id])
    left_seconds = min(order.replaces_seconds, case.book.packages[package_id].left_seconds)
    if left_seconds:
        case.book.write(Entry(EntryKind.VOID, -left_seconds, facts.at, message_id, package_id))
    used_seconds = min(order.replaces_seconds - left_seconds, case.package.left_seconds)
    if used_seconds:
        case.book.write(Entry(EntryKind.VOID, -used_seconds, facts.at, message_id, case.package_id))
    total_seconds = min(replaced.granted_seconds, replaced.replaced_seconds + order.replaces_seconds)
    save_order(session, replace(replaced, replaced_seconds=total_seconds), before=replaced)
