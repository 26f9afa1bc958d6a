"""Settling: what news of a payment mean for its order."""

from dataclasses import dataclass
from enum import StrEnum

from domain.payments.gateway import Payment, PayState
from domain.payments.order import Order, advances


class Step(StrEnum):
    """What is to be done about an order."""

    NOTHING = "nothing"
    NOTE = "note"
    """Keep the new state."""
    COMPLETE = "complete"
    """The buyer has approved; taking the money is ours to do."""
    GRANT = "grant"
    """The money is there: grant, in the same transaction."""
    FAIL = "fail"
    """Keep the new state and tell that nothing was bought."""
    QUESTION = "question"
    """The money is there and is not what the order asked for: a person must look."""


@dataclass(frozen=True, slots=True)
class Settling:
    """What is to be done, the state afterwards, and a sentence for people where there is something to say."""

    step: Step
    state: PayState
    reason: str | None = None


def settle(order: Order, payment: Payment) -> Settling:
    """
    Decide what news of a payment mean.

    Args:
        order: as it is kept, under its account's lock.
        payment: as the gateway has it now.

    Source: README.md, "States".
    """
    news = payment.state
    if order.payment_ref and payment.payment_ref and order.payment_ref != payment.payment_ref and is_paid(order):
        sentence = f"order {order.id} is paid by {order.payment_ref} and again by {payment.payment_ref}"
        if news is PayState.PAID:
            return Settling(Step.QUESTION, order.state, f"{sentence}: the second payment must be given back")
        return Settling(Step.NOTHING, order.state)
    if news is PayState.APPROVED and order.is_open and payment.price != order.price:
        return Settling(
            Step.QUESTION,
            order.state,
            f"{payment.price} is approved for an order of {order.price}; it is not taken until a person has looked",
        )
    if news is PayState.APPROVED and order.state in (PayState.PENDING, PayState.ACTION_REQUIRED, PayState.APPROVED):
        return Settling(Step.COMPLETE, PayState.APPROVED)
    if not advances(order.state, news):
        return Settling(Step.NOTHING, order.state)
    if news is PayState.PAID:
        if payment.price != order.price:
            return Settling(
                Step.QUESTION,
                order.state,
                f"{payment.price} was paid for an order of {order.price}; nothing is granted until a person has looked",
            )
        return Settling(Step.GRANT, news)
    if news in (PayState.FAILED, PayState.EXPIRED):
        code = payment.decline.code if payment.decline else str(news)
        return Settling(Step.FAIL, news, code)
    return Settling(Step.NOTE, news)


def is_paid(order: Order) -> bool:
    """Tell whether the money of an order has come."""
    return order.state is PayState.PAID
