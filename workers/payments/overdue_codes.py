"""Overdue codes: uses that are reserved for longer than a checkout takes are settled as their orders stand."""

from dataclasses import replace

from domain.promotions.redemption import RESERVED_FOR, RedemptionStatus
from domain.promotions.tries import WINDOW
from store.engine import Session
from store.minutes.save import save
from store.payments.order import lock_order, save_order
from store.promotions.redemption import find_overdue, find_redemptions, save_redemption
from store.promotions.tries import forget_tries
from workers.context import Context
from workers.due_run import Counts
from workers.facts import Facts
from workers.payments.codes import settle_codes

MAX_ORDERS = 1_000
"""So many are settled at the most in one run; the next one goes on."""


def sweep_redemptions(context: Context) -> Counts:
    """
    Settle overdue uses, each order in a transaction of its own, and forget tries that count no more.

    Every transaction that ends an order settles its codes as well, so this finds something only where a release or a
    person has ended one by another way; a use of an order that is still open stays reserved.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    now = context.clock()
    found = context.transact(lambda session: find_overdue(session, before=now, limit=MAX_ORDERS))
    settled = sum(_settle(context, order_id) for order_id in found)
    context.transact(lambda session: forget_tries(session, before=now - WINDOW))
    return {"settled": settled, "still_open": len(found) - settled}


def _settle(context: Context, order_id: str) -> bool:
    return context.transact(lambda session: _settle_order(session, order_id, Facts(context.clock())))


def _settle_order(session: Session, order_id: str, facts: Facts) -> bool:
    """Settle the uses of one order; False: it is open still."""
    order = lock_order(session, order_id)
    assert order is not None
    if order.is_open:
        for use in find_redemptions(session, order_id):
            if use.status is RedemptionStatus.RESERVED:
                save_redemption(session, replace(use, reserved_until=facts.at + RESERVED_FOR), before=use)
        return False
    after = settle_codes(session, order, facts)
    save_order(session, after, before=order)
    save(session, (), facts)
    return True
