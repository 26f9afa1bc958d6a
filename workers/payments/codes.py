"""Codes of an order: their uses are reserved before it is written, confirmed by its payment, given back by its end."""

from dataclasses import replace

from domain.payments.dispute_decision import lost_minor_of
from domain.payments.order import NO_GATEWAY, Order
from domain.payments.order_update import put_to_review
from domain.promotions.redemption import RedemptionRole
from domain.refusal import Refusal
from store.engine import Session
from store.payments.case import Case
from store.promotions.redemption import add_redemption
from workers.facts import Facts
from workers.promotions.reserve import reserve, use_of
from workers.promotions.settle import confirm_uses, give_back_uses
from workers.promotions.terms import Terms, Wanted
from workers.promotions.tries import Try, check_tries, note_refusal

BEYOND_LIMIT = "its money came, or came back, after its code had been given back, and the code was used up by then"
UNDONE = "refunded"


def reserve_codes(session: Session, wanted: Wanted) -> Terms | Refusal:
    """
    Count the uses of the codes that a buyer names, and return what they change, or why not; a refusal is counted, too.

    Args:
        session: of a transaction that has locked the account.
        wanted: the codes, and for what.
    """
    attempt = Try(wanted.account, wanted.address, wanted.at)
    terms = check_tries(session, attempt) or reserve(session, wanted)
    if isinstance(terms, Refusal):
        note_refusal(session, attempt, terms)
    return terms


def with_codes(order: Order, terms: Terms) -> Order:
    """Return a new order as its codes change it; one that costs nothing calls no gateway."""
    discount, bonus = terms.of(RedemptionRole.DISCOUNT), terms.of(RedemptionRole.BONUS)
    if discount is not None:
        order = replace(order, price=terms.price, discount_code=discount.found.number)
    if bonus is not None:
        order = replace(
            order,
            bonus_code=bonus.found.number,
            bonus_seconds=bonus.given.bonus_seconds,
            bonus_valid_days=bonus.found.code.promotion.valid_days,
        )
    return order if order.price.minor else replace(order, gateway=NO_GATEWAY)


def add_uses(session: Session, wanted: Wanted, terms: Terms, order: Order) -> None:
    """Write the uses that `reserve_codes` has counted, once their order is written."""
    for term in terms.terms:
        add_redemption(session, use_of(wanted, term, order_id=order.id, message_id=order.message_id))


def settle_codes(session: Session, order: Order, facts: Facts, *, is_undone: bool = False) -> Order:
    """
    Confirm the uses of an order that is paid, or give those of one back that has ended otherwise; return the order.

    To be called in every transaction that changes the order's status, or gives its money back.

    Args:
        session: holds the lock of the order.
        order: as it is now.
        facts: their moment counts.
        is_undone: all of its money was given back.
    """
    if (order.discount_code is None and order.bonus_code is None) or order.is_open:
        return order
    if order.is_paid and not is_undone:
        is_within = confirm_uses(session, order.id, facts)
        return order if is_within else put_to_review(order, BEYOND_LIMIT, at=facts.at)
    give_back_uses(session, order.id, UNDONE if order.is_paid else str(order.status), at=facts.at)
    return order


def settle_codes_of(session: Session, case: Case, facts: Facts) -> None:
    """Do the same for a case whose refunds or disputes have changed."""
    order, bought = case.order, case.bought
    is_undone = 0 < order.price.minor <= bought.refunded.minor + lost_minor_of(bought)
    case.order = settle_codes(session, order, facts, is_undone=is_undone)
