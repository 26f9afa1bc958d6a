"""What comes in about subscriptions. Queue `subscription`, one event a message."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from messages.envelope import AboutAccount
from messages.fields import (
    Address,
    BuyerAddress,
    Codes,
    Country,
    Currency,
    Data,
    Locale,
    Minor,
    Moment,
    PersonName,
    Reason,
    RowId,
    Text64,
)

SubscriptionId = Annotated[
    Text64 | None, Field(description="Our id of the subscription; without it, the account's one that has not ended")
]


class StartData(Data):
    """What is to be subscribed to, and where the buyer comes back to."""

    product_id: Text64
    currency: Annotated[Currency | None, Field(description="Without it, the account's, else the installation's")] = None
    country: Annotated[Country | None, Field(description="Helps to choose the gateway")] = None
    gateway: Annotated[Text64 | None, Field(description="Without it, chosen by currency and country")] = None
    locale: Locale | None = None
    return_url: Annotated[Address | None, Field(description="After payment; without it, the installation's")] = None
    cancel_url: Address | None = None
    codes: Codes = ()
    address: BuyerAddress = None


class SubscriptionStartRequested(AboutAccount):
    """
    An account wants to subscribe; answered by `purchase.link_ready` or `purchase.failed`, later by `started`.

    With a trial it is answered by `method.link_ready`, where a method must be saved, later by `started`; or by
    `trial_refused` and `purchase.link_ready`.
    """

    type: Literal["screph.subscription.start_requested.v1"]
    data: StartData


class ChangeData(Data):
    """Which product is to be paid for from when on, or which saved method is charged; exactly one of them."""

    subscription_id: SubscriptionId = None
    product_id: Text64 | None = None
    method_id: Annotated[RowId | None, Field(description="A saved method of the account, of whatever gateway")] = None
    when: Annotated[
        Literal["now", "period_end"] | None,
        Field(description="Without it: now for a higher price, at the period's end for a lower one"),
    ] = None
    expected_minor: Annotated[
        Minor | None, Field(description="The charge that the buyer was shown; refused where it would be another one")
    ] = None
    return_url: Annotated[Address | None, Field(description="After paying, where the buyer must confirm")] = None
    cancel_url: Address | None = None
    changed_by: Annotated[
        PersonName | None, Field(description="Who wants it, stored with a change of method; without it, the source")
    ] = None
    reason: Annotated[Reason | None, Field(description="Why, stored with a change of method")] = None

    @model_validator(mode="after")
    def _one_change(self) -> "ChangeData":
        if (self.product_id is None) == (self.method_id is None):
            raise ValueError("give exactly one of product_id and method_id")
        return self


class SubscriptionChangeRequested(AboutAccount):
    """Another product, or another method of payment, is wanted; answered by `subscription.changed`."""

    type: Literal["screph.subscription.change_requested.v1"]
    data: ChangeData


class CancelData(Data):
    """Which subscription ends, when, and why."""

    subscription_id: SubscriptionId = None
    when: Annotated[
        Literal["now", "period_end"], Field(description="`now` gives no money back; a refund is asked for by itself")
    ] = "period_end"
    cancelled_by: PersonName
    reason: Reason | None = None


class SubscriptionCancelRequested(AboutAccount):
    """A subscription is not to be charged any more; answered by `subscription.cancelled`, later by `ended`."""

    type: Literal["screph.subscription.cancel_requested.v1"]
    data: CancelData


class ResumeData(Data):
    """Which subscription is to go on."""

    subscription_id: SubscriptionId = None


class SubscriptionResumeRequested(AboutAccount):
    """A pause ends, or a cancellation at the period's end is taken back; answered by `subscription.changed`."""

    type: Literal["screph.subscription.resume_requested.v1"]
    data: ResumeData


class PauseData(Data):
    """Which subscription is not renewed for a while."""

    subscription_id: SubscriptionId = None
    until: Annotated[Moment | None, Field(description="Without it, until it is resumed")] = None


class SubscriptionPauseRequested(AboutAccount):
    """No renewals for a while; what is paid for can be used to its end. Answered by `subscription.changed`."""

    type: Literal["screph.subscription.pause_requested.v1"]
    data: PauseData


class PaymentData(Data):
    """Whose owed renewal is to be paid by hand, and where the buyer comes back to."""

    subscription_id: SubscriptionId = None
    return_url: Annotated[Address | None, Field(description="After payment; without it, the installation's")] = None
    cancel_url: Address | None = None


class SubscriptionPaymentRequested(AboutAccount):
    """
    The buyer wants to pay a renewal that was declined, or must confirm it.

    A fresh checkout is opened for the same renewal; its method replaces the one that was declined. Answered by
    `purchase.link_ready` or `purchase.failed`.
    """

    type: Literal["screph.subscription.payment_requested.v1"]
    data: PaymentData
