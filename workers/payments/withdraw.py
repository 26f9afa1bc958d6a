"""Withdrawing: nobody wants the money of an open order any more."""

from dataclasses import replace

from domain.gateway.payment import PaymentStatus
from domain.payments.order import Order
from domain.payments.order_update import end_unpaid
from store.engine import Session
from store.payments.order import save_order
from workers.facts import Facts
from workers.payments.codes import settle_codes

WITHDRAWN = "withdrawn"
"""Failure of an order whose subscription ended before it was paid."""


def withdraw(session: Session, order: Order, facts: Facts) -> None:
    """
    Let no call take money for an order any more.

    A checkout is over at once. What became of a charge is not known yet: it is only looked for from now on.

    Args:
        session: of a transaction in which the order is locked.
        order: as it is; one that is not open stays so.
        facts: their moment counts.
    """
    if not order.is_open:
        return
    if order.is_charge:
        withdrawn = replace(order, withdrawn_at=order.withdrawn_at or facts.at, updated_at=facts.at)
    else:
        withdrawn = settle_codes(session, end_unpaid(order, PaymentStatus.EXPIRED, WITHDRAWN, at=facts.at), facts)
    save_order(session, withdrawn, before=order)


def want_again(session: Session, order: Order, facts: Facts) -> None:
    """
    Let calls take money for an order again whose charge was withdrawn before anybody knew what became of it.

    Args:
        session: of a transaction in which the order is locked.
        order: as it is; only an open one that was withdrawn changes.
        facts: their moment counts.
    """
    if order.is_open and order.withdrawn_at is not None:
        save_order(session, replace(order, withdrawn_at=None, updated_at=facts.at), before=order)
