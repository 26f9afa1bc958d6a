"""A payment as its gateway reports it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.gateway.decline import Decline
from domain.money import Money


class PaymentStatus(StrEnum):
    """
    How far a payment is.

    Source: domain/payments/README.md, "States".
    """

    PENDING = "pending"
    ACTION_REQUIRED = "action_required"
    APPROVED = "approved"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Checkout:
    """
    A hosted checkout that was opened.

    `ref` is the gateway's id of it. The buyer pays at `redirect_url`, until `expires_at` if that is known.
    """

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
    One payment as its gateway reports it now.

    `checkout_ref` and `payment_ref` are the gateway's ids; `order_id` is ours, if the gateway stored it.
    `at` is the moment of payment once it is paid. `refunded` is the gateway's own sum; for exact amounts
    read the refunds themselves. `fee` is what the gateway keeps of a paid payment, in the fee's own currency;
    None where the gateway does not say, or not yet. `is_under_way`: the buyer has paid, and the gateway waits for
    the money, perhaps for days. `reversed_money` is what the gateway took back without a refund, as after a chargeback;
    0: it says that it holds nothing back; None: it does not say. `fingerprint` tells the card or wallet of a paid
    payment again, under whatever token and whoever uses it, at this gateway alone; None where the gateway does not say.
    `buyer_email` is the mail address that a buyer of a paid payment has given the gateway, if it says so.
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
    fee: Money | None = None
    reversed_money: Money | None = None
    is_under_way: bool = False
    fingerprint: str | None = None
    buyer_email: str | None = None
