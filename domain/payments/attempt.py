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

    `retry` is the class of a decline, where the gateway gave one; `code` is its own word for the reason.
    """

    order_id: str
    at: datetime
    outcome: AttemptOutcome
    retry: Retry | None = None
    code: str | None = None


def attempt_of(order_id: str, payment: GatewayPayment, *, at: datetime) -> PaymentAttempt | None:
    """Return the attempt that a finished payment was; None if it is not finished or the buyer never tried."""
    if payment.status is PaymentStatus.PAID:
        return PaymentAttempt(order_id, at, AttemptOutcome.PAID)
    if payment.status is PaymentStatus.FAILED:
        decline = payment.decline
        retry, code = (decline.retry, decline.code) if decline else (None, str(payment.status))
        return PaymentAttempt(order_id, at, AttemptOutcome.DECLINED, retry, code)
    return None
