"""Money that came for an order and bought nothing: a person reviews it, until all of it is given back."""

import logging

from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.money import Money
from domain.payments.order_update import end_review, end_unpaid, put_to_review
from domain.payments.unapplied import UnappliedPayment
from store.engine import Session
from store.payments.case import Case
from store.payments.unapplied import has_unapplied_money, save_unapplied
from workers.facts import Facts
from workers.payments.announce import emit_purchase_failed

log = logging.getLogger(__name__)

GIVEN_BACK = "given_back"
"""Why an order failed whose money was of another amount and went back."""


def review_payment(
    session: Session, case: Case, payment: GatewayPayment, sentence: str, facts: Facts, *, gateway: str
) -> None:
    """
    Put a payment that buys nothing before a person, or end the review when all such money of its order is given back.

    Args:
        session: of the transaction.
        case: of the order that the payment names.
        payment: as its gateway has it now.
        sentence: why it buys nothing.
        facts: of the transaction.
        gateway: whose payment it is: the order's, or one through which an earlier attempt for it was made.
    """
    if payment.status is PaymentStatus.PAID and payment.payment_ref is not None:
        unapplied = UnappliedPayment(gateway, payment.payment_ref, case.order.id, payment.price, _given_back(payment))
        save_unapplied(session, unapplied, at=facts.at)
        if unapplied.is_given_back:
            if not has_unapplied_money(session, case.order.id):
                _end(case, facts)
            return
    # The ref of another gateway's payment would say nothing to the order's own.
    ref = payment.payment_ref if gateway == case.order.gateway else None
    reviewed = put_to_review(case.order, sentence, at=facts.at, payment_ref=ref)
    if reviewed != case.order:
        log.error("a payment needs review: %s", sentence)
    case.order = reviewed


def _given_back(payment: GatewayPayment) -> Money:
    """Return what is not here any more: refunded, or taken back by the gateway."""
    reversed_minor = payment.reversed_money.minor if payment.reversed_money is not None else 0
    return Money(min(payment.price.minor, payment.refunded.minor + reversed_minor), payment.price.currency)


def _end(case: Case, facts: Facts) -> None:
    case.order = end_review(case.order, at=facts.at)
    if case.order.is_open:
        case.order = end_unpaid(case.order, PaymentStatus.FAILED, GIVEN_BACK, at=facts.at)
        emit_purchase_failed(facts, case.order, GIVEN_BACK)
