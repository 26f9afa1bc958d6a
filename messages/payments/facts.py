"""What we send out about purchases, refunds and disputes, once it is committed."""

from typing import Literal

from messages.envelope import AboutAccount
from messages.fields import (
    Address,
    Currency,
    Data,
    MessageId,
    Minor,
    Moment,
    OrderId,
    Seconds,
    Source,
    Text64,
    Text128,
    Text500,
)


class PurchaseLinkReadyData(Data):
    """Where the buyer pays; the request is named by its `(source, id)`."""

    request_source: Source
    request_id: MessageId
    order_id: OrderId
    gateway: Text64
    product_id: Text64
    amount_minor: Minor
    currency: Currency
    url: Address
    expires_at: Moment | None = None


class PurchaseLinkReady(AboutAccount):
    """A hosted checkout is open."""

    type: Literal["screph.purchase.link_ready.v1"]
    data: PurchaseLinkReadyData


class PurchaseCompletedData(Data):
    """What was paid and granted."""

    order_id: OrderId
    gateway: Text64
    product_id: Text64
    amount_minor: Minor
    currency: Currency
    package_id: Text64
    granted_seconds: Seconds
    paid_at: Moment


class PurchaseCompleted(AboutAccount):
    """Money has come, and the minutes are there."""

    type: Literal["screph.purchase.completed.v1"]
    data: PurchaseCompletedData


class PurchaseFailedData(Data):
    """Why nothing was bought; `code` is the gateway's word or ours."""

    order_id: OrderId
    product_id: Text64
    gateway: Text64
    code: Text128
    may_be_repeated: bool


class PurchaseFailed(AboutAccount):
    """A purchase came to nothing; late money may still complete it."""

    type: Literal["screph.purchase.failed.v1"]
    data: PurchaseFailedData


class RefundCompletedData(Data):
    """What was given back, and the seconds that went with it."""

    refund_id: Text64
    order_id: OrderId
    amount_minor: Minor
    currency: Currency
    voided_seconds: Seconds
    origin: Literal["ours", "gateway"]


class RefundCompleted(AboutAccount):
    """Money was given back."""

    type: Literal["screph.refund.completed.v1"]
    data: RefundCompletedData


class RefundFailedData(Data):
    """Why no money was given back; nothing else has changed."""

    order_id: OrderId
    refund_id: Text64 | None = None
    request_source: Source | None = None
    request_id: MessageId | None = None
    code: Text128
    reason: Text500


class RefundFailed(AboutAccount):
    """A refund was refused or failed."""

    type: Literal["screph.refund.failed.v1"]
    data: RefundFailedData


class DisputeOpenedData(Data):
    """What is disputed, and the seconds that are frozen meanwhile."""

    order_id: OrderId
    gateway: Text64
    dispute_ref: Text128
    amount_minor: Minor
    currency: Currency
    reason: Text500
    frozen_seconds: Seconds


class DisputeOpened(AboutAccount):
    """A payer's bank wants money back."""

    type: Literal["screph.dispute.opened.v1"]
    data: DisputeOpenedData


class DisputeClosedData(Data):
    """How it ended, and what that meant for the minutes."""

    order_id: OrderId
    gateway: Text64
    dispute_ref: Text128
    is_won: bool
    voided_seconds: Seconds
    debt_seconds: Seconds


class DisputeClosed(AboutAccount):
    """A dispute has ended."""

    type: Literal["screph.dispute.closed.v1"]
    data: DisputeClosedData
