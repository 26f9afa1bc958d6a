"""What people decide about review items, and ask about orders. Queue `reconciliation`, closed to producers outside."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import Envelope
from messages.fields import Data, OrderId, PersonName, Reason, Text64, Text500


class ReviewResolutionData(Data):
    """Which review item is resolved, and why."""

    kind: Literal["order", "refund", "webhook", "totals", "paid_late", "poll", "grants", "usage"]
    gateway: Annotated[Text64, Field(description="The gateway that the item is about")]
    ref: Annotated[Text500, Field(description="What the item is about, as `billing review list` has it")]
    reason: Reason
    resolved_by: PersonName
    outcome: Annotated[
        Literal["succeeded", "failed"] | None,
        Field(description="What became of a refund that nobody else can tell: its minutes are voided or free again"),
    ] = None


class ReviewResolutionRequested(Envelope):
    """A person has looked after a review item; it is not shown any more as long as it says the same."""

    type: Literal["screph.review_item.resolution_requested.v1"]
    data: ReviewResolutionData


class OrderPollData(Data):
    """Which order its gateway is asked about, and who wants to know."""

    order_id: OrderId
    asked_by: PersonName


class OrderPollRequested(Envelope):
    """A person wants the gateway to be asked again what became of an order; whatever it says is applied."""

    type: Literal["screph.order.poll_requested.v1"]
    data: OrderPollData
