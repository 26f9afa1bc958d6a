"""A payment as its gateway has it now."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.gateway.decline import Decline
from domain.money import Money


class PaymentStatus(StrEnum):
    """How far a payment is; README.md, "States"."""

    PENDING = "pending"
    ACTION_REQUIRED = "action_required"
    APPROVED = "approved"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted checkout as it was opened; `ref` is the gateway's id of it."""

    ref: str
    redirect_url: str
    expires_at: datetime | None = None
    gateway_customer: str | None = None


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A method that can be charged later without the buyer; `label` is for people (`Visa *4242`)."""

    token: str
    gateway_customer: str | None
    label: str
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """
    One payment as the gateway has it now.

    `checkout_ref` and `payment_ref` are its ids there, `order_id` ours if it kept it. `refunded` is
    what it says was given back; the truth about that are the refunds themselves.
    """

    checkout_ref: str | None
    payment_ref: str | None
    order_id: str | None
    status: PaymentStatus
    price: Money
    refunded: Money
    at: datetime
    method: SavedMethod | None = None
    gateway_customer: str | None = None
    action_url: str | None = None
    decline: Decline | None = None
