"""Reserving: the uses of an order's codes are counted before its buyer is sent to pay."""

from collections.abc import Sequence

from domain.promotions.promotion import Limits
from domain.promotions.redeem import USED_BY_YOU, USED_UP
from domain.promotions.redemption import RESERVED_FOR, Redemption, RedemptionRole, RedemptionStatus
from domain.refusal import Refusal
from store.engine import Session
from store.identity import accounts_of_person
from store.promotions.redemption import count_of_person, take_use
from workers.promotions.terms import Term, Terms, Wanted, find_terms


def reserve(session: Session, wanted: Wanted) -> Terms | Refusal:
    """
    Count the uses of codes, or return the first reason against it; then nothing is counted.

    The promotions stay locked until the end of the transaction, so who comes at the same time waits and sees what was
    counted. The caller writes the order, and then the uses (`uses_of_order`).

    Args:
        session: of a transaction that has locked the account.
        wanted: the codes, and for what.
    """
    terms = find_terms(session, wanted)
    if isinstance(terms, Refusal):
        return terms
    uses = [(use_of(wanted, term, message_id=0), term.found.code.promotion.limits) for term in terms.terms]
    refusal = take_uses(session, uses)
    if refusal is not None:
        # Somebody was faster; a second look says at what.
        again = find_terms(session, wanted)
        return again if isinstance(again, Refusal) else refusal
    return terms


def use_of(wanted: Wanted, term: Term, *, message_id: int, order_id: str | None = None) -> Redemption:
    """Return the reserved use of a code by an order."""
    discount = term.given.discount
    return Redemption(
        code=term.found.number,
        promotion=term.found.promotion_number,
        account=wanted.account,
        role=term.role,
        status=RedemptionStatus.RESERVED,
        day=wanted.at.date(),
        message_id=message_id,
        redeemed_at=wanted.at,
        order_id=order_id,
        discount_minor=discount.minor,
        currency=discount.currency if term.role is RedemptionRole.DISCOUNT else None,
        seconds=term.given.bonus_seconds,
        reserved_until=wanted.at + RESERVED_FOR,
    )


def take_uses(session: Session, uses: Sequence[tuple[Redemption, Limits]]) -> Refusal | None:
    """
    Count uses, each against its limits, all or none; return why none is counted.

    Args:
        session: of a transaction.
        uses: of one account, each of another promotion.
    """
    savepoint = session.begin_nested()
    for use, limits in sorted(uses, key=lambda each: each[0].promotion):
        if not take_use(session, use):
            savepoint.rollback()
            return USED_UP
        if limits.uses_each is None:
            continue
        # With the promotion locked nobody of the same person comes in between, whichever account they use.
        if count_of_person(session, use.promotion, accounts_of_person(session, use.account)) >= limits.uses_each:
            savepoint.rollback()
            return USED_BY_YOU
    savepoint.commit()
    return None
