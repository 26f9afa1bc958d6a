"""The bodies that the sandbox's API takes; as at real gateways, an unknown field is refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=128)]
Address = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2_000)]
Minor = Annotated[int, Field(strict=True, gt=0, le=10**12)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Body(BaseModel):
    """The base of every body."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NewCheckout(Body):
    """A hosted checkout to open."""

    order_id: Text
    account_id: Text
    amount_minor: Minor
    currency: Currency
    title: Annotated[str, Field(min_length=1, max_length=500)]
    return_url: Address
    cancel_url: Address
    locale: Annotated[str, Field(max_length=35)] | None = None
    saves_method: Annotated[bool, Field(strict=True)] = False


class NewSetup(Body):
    """A hosted page that saves a card."""

    setup_id: Text
    account_id: Text
    return_url: Address
    cancel_url: Address
    locale: Annotated[str, Field(max_length=35)] | None = None


class NoContent(Body):
    """Nothing: the address says what is to be done."""


class NewCharge(Body):
    """A saved method to charge without the buyer."""

    order_id: Text
    attempt: Annotated[int, Field(strict=True, ge=1)]
    account_id: Text
    amount_minor: Minor
    currency: Currency
    title: Annotated[str, Field(min_length=1, max_length=500)]
    method: Text


class NewRefund(Body):
    """Money to give back; without an amount all that is left, without a `refund_id` from the dashboard."""

    payment_ref: Text
    amount_minor: Minor | None = None
    currency: Currency | None = None
    refund_id: Text | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class NewDispute(Body):
    """A dispute to open, as the payer's bank would; without an amount it is about all that is left."""

    payment_ref: Text
    amount_minor: Minor | None = None


class ClosedDispute(Body):
    """How a dispute ends."""

    is_won: Annotated[bool, Field(strict=True)]


class MethodBehaviour(Body):
    """What the bank of a saved card decides from now on; without a code it accepts."""

    decline_code: Text | None = None
