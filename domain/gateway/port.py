"""The port: what every gateway can do for us, in our words."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

from domain.gateway.dispute import GatewayDispute
from domain.gateway.payment import Checkout, GatewayPayment
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest


class Gateway(Protocol):
    """
    One payment gateway.

    Every call may raise `UnableToReach` and `CallRefused`; none is made while a transaction is
    open. A `key` makes a repeated call the same call; it has at most 64 characters of
    `[0-9a-zA-Z_.-]`, and after `key_lifetime` it no longer protects.
    """

    @property
    def name(self) -> str:
        """As in addresses and tables: `stripe`."""

    @property
    def key_lifetime(self) -> timedelta:
        """How long a key of a payment call surely still protects, with a margin."""

    @property
    def refund_window(self) -> timedelta | None:
        """How long after payment a refund is possible; None: no limit."""

    def create_checkout(self, purchase: CheckoutRequest, key: str) -> Checkout:
        """Open a hosted checkout."""

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Take the money of an approved checkout where that is ours to do; elsewhere look it up."""

    def charge_saved_method(self, charge: ChargeRequest, key: str) -> GatewayPayment:
        """Charge without the buyer; a decline is a payment that failed, not an error."""

    def refund(self, order: RefundRequest, key: str) -> GatewayRefund:
        """Give money back; a refusal that is final is `CallRefused`."""

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Look a payment up, by its `checkout_ref` or `payment_ref`."""

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Look a refund up."""

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Look a dispute up; `CallRefused` where the gateway tells of none."""

    def list_recent(self, since: datetime, until: datetime) -> Iterator[GatewayPayment | GatewayRefund]:
        """Go through payments and refunds that began or changed in a period, in any order, perhaps twice."""
