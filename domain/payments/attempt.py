"""Attempts: each time that money was asked for, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.gateway.decline import Retry
from domain.gateway.payment import GatewayPayment, PaymentStatus


class AttemptOutcome(StrEnum):
    """What came of an attempt; README.md, "Attempts"."""

    PAID = "paid"
    DECLINED = "declined"
    CHECKOUT_REFUSED = "checkout_refused"
    CAPTURE_REFUSED = "capture_refused"


@dataclass(frozen=True, slots=True)
class PaymentAttempt:
    """
    One attempt to get the money of an order.

    `retry` is the class of a decline, where the gateway gave one; `code` is its own word for the reason, and `is_vague`
    when that says nothing. `charge` is the order's own number of the attempt, 0 in an ordinary purchase; `method_id`
    the saved method that was charged. `gateway` is the one that was asked; a renewal may have attempts through
    several.
    """

    order_id: str
    at: datetime
    outcome: AttemptOutcome
    retry: Retry | None = None
    code: str | None = None
    charge: int = 0
    is_vague: bool = False
    method_id: int | None = None
    gateway: str | None = None


def attempt_of(order_id: str, payment: GatewayPayment, *, at: datetime, charge: int = 0) -> PaymentAttempt | None:
    """
    Return the attempt that a finished payment was; None if it is not finished or the buyer never tried.

    Args:
        order_id: ours.
        payment: as the gateway has it.
        at: aware UTC moment at which we heard of it.
        charge: the order's own number of its present attempt.
    """
    if payment.status is PaymentStatus.PAID:
        return PaymentAttempt(order_id, at, AttemptOutcome.PAID, charge=charge)
    if payment.status is PaymentStatus.FAILED:
        said = payment.decline
        retry, code, is_vague = (said.retry, said.code, said.is_vague) if said else (None, str(payment.status), False)
        return PaymentAttempt(order_id, at, AttemptOutcome.DECLINED, retry, code, charge, is_vague)
    return None
