"""Purchases as programmes and referrals count them: by a person, as far as the money is still there."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlmodel import Session


class PurchaseState(NamedTuple):
    """
    A paid order as it is now.

    `paid_at` is our moment of the payment. `is_given_back`: its money was refunded in full or lost in disputes.
    `is_contested`: a refund or a dispute is under way. `counts`: it is no renewal, and was paid with money.
    """

    order_id: str
    product_id: str
    paid_at: datetime
    is_given_back: bool
    is_contested: bool
    counts: bool


class PurchasesBefore(NamedTuple):
    """How many purchases that stand lie before a moment, and when the last of them was paid."""

    number: int
    last_at: datetime | None


def find_purchase(session: Session, order_id: str) -> PurchaseState | None:
    """Return a paid order; whoever decides by it holds its account's lock. None: there is none, or it is not paid."""
    row = session.execute(_FIND, {"order_id": order_id}).one_or_none()
    return None if row is None else PurchaseState(*row)


def purchases_before(session: Session, accounts: Sequence[int], *, at: datetime, order_id: str = "") -> PurchasesBefore:
    """
    Return what some accounts, those of a person, had bought before a moment, as far as it stands now.

    Args:
        session: any.
        accounts: their numbers.
        at: aware UTC, exclusive; of several orders of one moment those count whose id is lower than `order_id`.
        order_id: the order that does not count itself.
    """
    named = {"accounts": list(accounts), "at": at, "order_id": order_id}
    return PurchasesBefore(*session.execute(_BEFORE, named).one())


def may_be_given(session: Session, account: int) -> bool:
    """Tell whether an account is given bonuses: it is neither blocked nor closed."""
    return bool(session.execute(_MAY_BE_GIVEN, {"account": account}).scalar_one())


_GIVEN_BACK = """
    orders.price_minor <= (
        SELECT coalesce(sum(refund.amount_minor), 0) FROM refund
        WHERE refund.order_id = orders.id AND refund.status = 'succeeded'
    ) + (
        SELECT coalesce(sum(CASE WHEN dispute.currency = orders.currency THEN dispute.amount_minor
                                 ELSE orders.price_minor END), 0)
        FROM dispute WHERE dispute.order_id = orders.id AND dispute.status = 'lost'
    )
"""
"""What was refunded and what was lost together; a dispute in another currency is about all of it."""

_COUNTS = "orders.kind <> 'renewal' AND orders.price_minor > 0"

_FIND = text(f"""
    SELECT orders.id, product.id, orders.recorded_at, {_GIVEN_BACK},
           EXISTS (SELECT FROM refund
                   WHERE refund.order_id = orders.id AND refund.status IN ('frozen', 'sent', 'unknown'))
           OR EXISTS (SELECT FROM dispute WHERE dispute.order_id = orders.id AND dispute.status = 'open'),
           {_COUNTS}
    FROM orders JOIN product ON product.number = orders.product
    WHERE orders.id = :order_id AND orders.status = 'paid'
""")

_BEFORE = text(f"""
    SELECT count(*), max(orders.recorded_at)
    FROM orders
    WHERE orders.account = ANY(:accounts) AND orders.status = 'paid' AND {_COUNTS}
      AND (orders.recorded_at, orders.id) < (:at, :order_id) AND NOT {_GIVEN_BACK}
""")

_MAY_BE_GIVEN = text("SELECT blocked_at IS NULL AND closed_at IS NULL FROM account WHERE number = :account")
