"""What we ask of a gateway: to open a checkout, to save or charge a method, to refund."""

from dataclasses import dataclass

from domain.gateway.payment import SavedMethod
from domain.money import Money


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who pays: Screph's account id, a mail address if known, and the gateway's own id of the buyer."""

    account_id: str
    email: str | None = None
    gateway_customer: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """A hosted checkout to open; afterwards the buyer comes back to one of the two addresses."""

    order_id: str
    price: Money
    title: str
    buyer: Buyer
    return_url: str
    cancel_url: str
    saves_method: bool = False


@dataclass(frozen=True, slots=True)
class SetupRequest:
    """
    A hosted page that saves a method and takes no money; afterwards the buyer comes back to one of the two addresses.

    `currency` is that of the charges to come; it decides which methods the page offers.
    """

    setup_id: str
    currency: str
    buyer: Buyer
    return_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """A charge of a saved method; `attempt`, from 1, tells the tries for one order apart."""

    order_id: str
    attempt: int
    price: Money
    title: str
    buyer: Buyer
    method: SavedMethod


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to give back; `is_full` when it is the whole price at once. The buyer may see `note`."""

    refund_id: str
    payment_ref: str
    amount: Money
    is_full: bool
    title: str
    buyer: Buyer
    note: str = ""
