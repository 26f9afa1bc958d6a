"""The port: what every gateway can do for us, in our words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.money import Money


class PayState(StrEnum):
    """How far a payment is; README.md, "States"."""

    PENDING = "pending"
    ACTION_REQUIRED = "action_required"
    APPROVED = "approved"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class RefundState(StrEnum):
    """What the gateway says about a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeState(StrEnum):
    """What the gateway says about a dispute."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Retry(StrEnum):
    """What a declined charge asks for; README.md, "Declines"."""

    LATER = "later"
    CUSTOMER_ACTION = "customer_action"
    NEW_METHOD = "new_method"
    NEVER = "never"


class Subject(StrEnum):
    """What a webhook is about."""

    CHECKOUT = "checkout"
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    METHOD = "method"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who pays: Screph's account id, a mail address if known, and the gateway's own id of them."""

    account_id: str
    email: str | None = None
    gateway_customer: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a hosted checkout is to ask for; the buyer comes back to one of the two addresses."""

    order_id: str
    price: Money
    title: str
    buyer: Buyer
    return_url: str
    cancel_url: str
    saves_method: bool = False


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
class Charge:
    """A charge of a saved method; `attempt` (from 1) tells its tries apart."""

    order_id: str
    attempt: int
    price: Money
    title: str
    buyer: Buyer
    method: SavedMethod


@dataclass(frozen=True, slots=True)
class Decline:
    """Why no money came: what may help, and the gateway's own code."""

    retry: Retry
    code: str


@dataclass(frozen=True, slots=True)
class Payment:
    """
    One payment as the gateway has it now.

    `checkout_ref` and `payment_ref` are its ids there, `order_id` ours if it kept it. `refunded` is
    what it says was given back; the truth about that are the refunds themselves.
    """

    checkout_ref: str | None
    payment_ref: str | None
    order_id: str | None
    state: PayState
    price: Money
    refunded: Money
    at: datetime
    method: SavedMethod | None = None
    gateway_customer: str | None = None
    action_url: str | None = None
    decline: Decline | None = None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money to give back; `is_full` when it is the whole price at once."""

    refund_id: str
    payment_ref: str
    amount: Money
    is_full: bool
    title: str
    buyer: Buyer
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund as the gateway has it now; `refund_id` is ours if we began it."""

    ref: str
    payment_ref: str
    refund_id: str | None
    state: RefundState
    amount: Money
    at: datetime
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute (chargeback) as the gateway has it now."""

    ref: str
    payment_ref: str
    state: DisputeState
    amount: Money
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hint:
    """
    What a verified webhook says has changed; never what it has changed to.

    `dedupe_key` (at most 128 characters) is the same whenever the gateway repeats it. `is_signed`
    tells whether a signature was checked or only the peer's address.
    """

    gateway: str
    dedupe_key: str
    subject: Subject
    ref: str
    event: str
    is_signed: bool


class GatewayError(Exception):
    """A call of a gateway did not end well."""


class UnableToReach(GatewayError):
    """No clear answer came: whether it was done is unknown; ask again with the same key."""


class CallRefused(GatewayError):
    """
    The gateway understood and said no to the call itself: repeating it cannot help.

    `code` is the gateway's own word for the reason.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class NotFound(CallRefused):
    """The gateway does not know the object that we asked for."""


class Unverified(GatewayError):
    """A webhook is not proven to come from the gateway."""


class ForeignAddress(Unverified):
    """A webhook came from an address that is not the gateway's."""


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

    def create_checkout(self, purchase: Purchase, key: str) -> Checkout:
        """Open a hosted checkout."""

    def complete_checkout(self, checkout_ref: str, key: str) -> Payment:
        """Take the money of an approved checkout where that is ours to do; elsewhere look it up."""

    def charge_saved_method(self, charge: Charge, key: str) -> Payment:
        """Charge without the buyer; a decline is a payment that failed, not an error."""

    def refund(self, order: RefundOrder, key: str) -> Refund:
        """Give money back; a refusal that is final is `CallRefused`."""

    def fetch_payment(self, ref: str) -> Payment:
        """Look a payment up, by its `checkout_ref` or `payment_ref`."""

    def fetch_refund(self, ref: str) -> Refund:
        """Look a refund up."""

    def fetch_dispute(self, ref: str) -> Dispute:
        """Look a dispute up; `CallRefused` where the gateway tells of none."""

    def list_recent(self, since: datetime, until: datetime) -> Iterator[Payment | Refund]:
        """Go through payments and refunds that began or changed in a period, in any order, perhaps twice."""


class WebhookReader(Protocol):
    """Verifies webhooks of one gateway; it holds no secret by which money could be moved."""

    @property
    def name(self) -> str:
        """As in addresses and tables: `stripe`."""

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        """
        Return what a webhook is about, or None for a kind that is nothing to us.

        Args:
            headers: names in lower case.
            body: the raw bytes, unaltered.
            peer: the address it came from, as told by the socket or a trusted proxy.

        Raises:
            Unverified: it is forged, stale or altered.
            ForeignAddress: it came from an address that is not the gateway's.
            UnableToReach: what verifying needs (a certificate) cannot be had now.
        """
