"""What we send out about subscriptions, once it is committed."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import AboutAccount
from messages.fields import Currency, Data, Minor, Moment, OrderId, PersonName, Seconds, Text64, Text128, Text500

Unit = Literal["day", "week", "month", "year"]


class SubscriptionData(Data):
    """How a subscription stands."""

    subscription_id: Text64
    product_id: Text64
    gateway: Text64
    amount_minor: Annotated[Minor, Field(description="What a period costs")]
    currency: Currency
    period: Unit
    period_start: Moment
    period_end: Moment


class StartedData(SubscriptionData):
    """What began, and the order that paid for it."""

    order_id: Annotated[OrderId | None, Field(description="Without it nothing is paid yet: the period is a trial")] = (
        None
    )
    granted_seconds: Seconds
    trial_ends_at: Annotated[Moment | None, Field(description="When the first period is charged, after a trial")] = None


class SubscriptionStarted(AboutAccount):
    """The first period of a subscription is paid, or it has begun with a trial."""

    type: Literal["screph.subscription.started.v1"]
    data: StartedData


class TrialRefusedData(Data):
    """Which start has no trial, why, and what is paid at once instead."""

    subscription_id: Text64
    product_id: Text64
    code: Annotated[Literal["TrialUsed", "MethodNotSaved"], Field(description="Of the reason")]
    reason: Text500
    amount_minor: Minor
    currency: Currency


class SubscriptionTrialRefused(AboutAccount):
    """A product begins with a trial, and this start does not; the link at which it is paid follows."""

    type: Literal["screph.subscription.trial_refused.v1"]
    data: TrialRefusedData


class RenewedData(SubscriptionData):
    """What goes on, and the order that paid for it."""

    order_id: OrderId
    granted_seconds: Seconds


class SubscriptionRenewed(AboutAccount):
    """The next period of a subscription is paid, or the first one after its trial."""

    type: Literal["screph.subscription.renewed.v1"]
    data: RenewedData


class PastDueData(SubscriptionData):
    """Which try failed, why, and what comes next."""

    order_id: OrderId
    attempt: Annotated[int, Field(strict=True, gt=0, description="How many tries of this renewal have failed")]
    retry: Annotated[Literal["later", "customer_action", "new_method", "never"], Field(description="What may help")]
    code: Annotated[Text128, Field(description="The gateway's word for the reason")]
    next_attempt_at: Annotated[Moment | None, Field(description="Without it nothing is tried before the buyer acts")]
    needs_buyer: bool
    is_given_up: Annotated[bool, Field(description="It is unpaid now: nothing is tried any more")]


class SubscriptionPastDue(AboutAccount):
    """A renewal could not be charged."""

    type: Literal["screph.subscription.past_due.v1"]
    data: PastDueData


class CancelledData(Data):
    """Who cancelled, why, and when it ends."""

    subscription_id: Text64
    product_id: Text64
    at_period_end: bool
    ends_at: Moment
    cancelled_by: PersonName
    reason: Text500 | None = None


class SubscriptionCancelled(AboutAccount):
    """A subscription is not charged any more; what is paid for stays until its end."""

    type: Literal["screph.subscription.cancelled.v1"]
    data: CancelledData


class ChangedData(SubscriptionData):
    """What has changed, and how the subscription stands now."""

    what: Literal["product", "next_product", "paused", "resumed", "kept", "method"]
    next_product_id: Text64 | None = None
    next_amount_minor: Minor | None = None
    resumes_at: Moment | None = None
    method_id: Annotated[
        int | None, Field(strict=True, gt=0, description="The saved method that is charged from now on")
    ] = None


class SubscriptionChanged(AboutAccount):
    """
    A subscription has another product, now or from its next period on, or is charged by another method, perhaps through
    another gateway; or it was paused, resumed or kept after all.
    """

    type: Literal["screph.subscription.changed.v1"]
    data: ChangedData


class EndedData(Data):
    """Why a subscription is over."""

    subscription_id: Text64
    product_id: Text64
    ended_at: Moment
    cancelled_by: PersonName
    reason: Text500 | None = None


class SubscriptionEnded(AboutAccount):
    """A subscription is over."""

    type: Literal["screph.subscription.ended.v1"]
    data: EndedData
