"""Deciding about a payment: what a gateway's report means for its order."""

from dataclasses import dataclass
from enum import StrEnum

from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.payments.order import Order, advances


class Step(StrEnum):
    """What is to be done about an order."""

    NOTHING = "nothing"
    NOTE = "note"
    """Save the new state."""
    COMPLETE = "complete"
    """The buyer has approved; we have to capture the money."""
    GRANT = "grant"
    """The money is there: grant, in the same transaction."""
    FAIL = "fail"
    """Save the new state, and emit that nothing was bought."""
    REVIEW = "review"
    """The money is there and is not what the order asked for: a person must review it."""
    DIFFER = "differ"
    """It is paid, and what is stored of the money is not what the gateway has: a person must review it."""


@dataclass(frozen=True, slots=True)
class PaymentDecision:
    """What is to be done, the state afterwards, and a sentence for people where there is something to say."""

    step: Step
    status: PaymentStatus
    reason: str | None = None


def decide_payment(order: Order, payment: GatewayPayment, *, gateway: str | None = None) -> PaymentDecision:
    """
    Decide what a gateway update means for an order.

    Args:
        order: as it is stored, under its account's lock.
        payment: as the gateway has it now.
        gateway: whose payment it is, where that may be another one than the order's present one.

    Source: README.md, "States".
    """
    reported = payment.status
    is_same = gateway in (None, order.gateway) and order.payment_ref == payment.payment_ref
    if order.is_paid and order.payment_ref and payment.payment_ref and not is_same:
        sentence = f"order {order.id} is paid by {order.payment_ref} and again by {payment.payment_ref}"
        if reported is PaymentStatus.PAID:
            return PaymentDecision(Step.REVIEW, order.status, f"{sentence}: the second payment must be given back")
        return PaymentDecision(Step.NOTHING, order.status)
    if order.is_paid and is_same and reported is PaymentStatus.PAID and payment.price != order.price:
        sentence = f"its gateway has {payment.price} of payment {payment.payment_ref}, and {order.price} is stored here"
        return PaymentDecision(Step.DIFFER, order.status, sentence)
    if reported is PaymentStatus.APPROVED and order.is_open and payment.price != order.price:
        return PaymentDecision(
            Step.REVIEW,
            order.status,
            f"{payment.price} is approved for an order of {order.price}; it is not taken before a person agrees",
        )
    if reported is PaymentStatus.APPROVED and order.is_open:
        return PaymentDecision(Step.COMPLETE, PaymentStatus.APPROVED)
    if not advances(order.status, reported):
        return PaymentDecision(Step.NOTHING, order.status)
    if reported is PaymentStatus.PAID:
        if payment.price != order.price:
            return PaymentDecision(
                Step.REVIEW,
                order.status,
                f"{payment.price} was paid for an order of {order.price}; nothing is granted before a person agrees",
            )
        return PaymentDecision(Step.GRANT, reported)
    if reported in (PaymentStatus.FAILED, PaymentStatus.EXPIRED):
        code = payment.decline.code if payment.decline else str(reported)
        return PaymentDecision(Step.FAIL, reported, code)
    return PaymentDecision(Step.NOTE, reported)
