"""The port: what every gateway does for us, in our words."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

from domain.gateway.dispute import GatewayDispute
from domain.gateway.payment import Checkout, GatewayPayment, SavedMethod
from domain.gateway.recent import ListedObject
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from domain.gateway.setup import GatewaySetup
from domain.money import Money


class Gateway(Protocol):
    """
    One payment gateway; many threads may share it.

    Every call may raise `UnableToReach` and `CallRefused`; none is made while a transaction is open. A
    `key` makes a call idempotent: at most 64 characters of `[0-9a-zA-Z_.-]`, and it protects for
    `key_lifetime`, not longer.
    """

    @property
    def name(self) -> str:
        """As in addresses and tables: `stripe`."""

    @property
    def key_lifetime(self) -> timedelta:
        """How long the key of a payment call protects for certain: the gateway's limit less a margin."""

    @property
    def refund_window(self) -> timedelta | None:
        """How long after a payment it can be refunded; None: without limit."""

    @property
    def forgets_checkouts(self) -> bool:
        """Whether a checkout of ours that nobody paid may be unknown there some days later, with the right key."""

    @property
    def has_disputes(self) -> bool:
        """Whether its API has disputes; elsewhere a person reports what a letter says."""

    def takes(self, price: Money) -> bool:
        """Tell, without a call, whether it takes payments in a price's currency, and of so many decimals."""

    def minimum_minor(self, currency: str) -> int:
        """Return the least that it charges in a currency, >= 1; where it does not publish one, `step_minor`."""

    def step_minor(self, currency: str) -> int:
        """Return what every amount in a currency must be a multiple of, >= 1; 100 where it takes whole ones."""

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open a hosted checkout."""

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Capture an approved checkout where capturing is up to us; elsewhere fetch its payment."""

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge without the buyer; a decline is a payment that failed, not an error."""

    def find_charge(self, request: ChargeRequest, since: datetime) -> GatewayPayment | None:
        """
        Look for the payment of a charge whose answer was lost, in the gateway's own list of its payments.

        None: the list was read to its end from a moment on, and the charge never arrived. To be asked when no call of
        it is under way. `CallRefused`: the gateway has no list that would tell.
        """

    def cancel_charge(self, payment_ref: str, key: str) -> GatewayPayment:
        """
        Cancel a charge that waits for the buyer, and return the payment as it is then.

        Unless that is paid or under way, no money can come of the charge any more, so the buyer may pay by a new
        checkout. Where an open charge brings no money without a call of ours there is nothing to cancel, and this
        only fetches the payment.
        """

    def create_setup(self, request: SetupRequest, key: str) -> Checkout:
        """Open a hosted page that saves a method and takes no money."""

    def complete_setup(self, setup_ref: str, key: str) -> GatewaySetup:
        """Save the method of an approved setup where that is up to us; elsewhere fetch the setup."""

    def fetch_setup(self, ref: str) -> GatewaySetup:
        """Fetch a setup by the ref of it, or of what a webhook about a method names; `NotFound` if there is none."""

    def forget_method(self, method: SavedMethod) -> None:
        """Let the gateway forget a saved method, as far as it can; one that it does not know is forgotten already."""

    def refund(self, request: RefundRequest, key: str) -> GatewayRefund:
        """Give money back; `NotFound`: the payment is unknown there, perhaps because our key is another account's."""

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Fetch a payment by its `checkout_ref` or `payment_ref`; `NotFound` if there is none."""

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Fetch a refund; `NotFound` if there is none."""

    def list_refunds(self, payment_ref: str) -> Iterator[GatewayRefund]:
        """Go through all refunds of a payment, whoever made them; `NotFound` if there is no such payment."""

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Fetch a dispute; `NotFound` if there is none, `CallRefused` where the gateway's API has no disputes."""

    def list_recent(self, since: datetime, until: datetime) -> Iterator[ListedObject]:
        """
        Go through payments, refunds and disputes that began or changed in a period; any order, perhaps twice.

        One that cannot be read is an `UnreadObject`, and the list goes on. A list that was not read to its end raises.
        """
