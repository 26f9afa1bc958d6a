"""What is bought, refunded and disputed. Queue `purchase`; the answers leave as facts."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import AboutAccount
from messages.fields import Data, MessageId, Moment, Seconds, Source, Text64, Text128, Text500

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1")]
Locale = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35, description="BCP 47")]
Address = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2000)]
Minor = Annotated[int, Field(strict=True, ge=0, le=10**12, description="Whole minor units of the currency")]
OrderId = Annotated[Text64, Field(description="Our id of the order")]


class PurchaseData(Data):
    """What is to be bought, and where the buyer comes back to."""

    product_id: Text64
    currency: Annotated[Currency | None, Field(description="Without it, the account's, else the installation's")] = None
    country: Annotated[Country | None, Field(description="Helps to choose the gateway")] = None
    gateway: Annotated[Text64 | None, Field(description="Without it, chosen by currency and country")] = None
    locale: Locale | None = None
    return_url: Annotated[Address | None, Field(description="After payment; without it, the installation's")] = None
    cancel_url: Address | None = None
    save_method: Annotated[bool, Field(strict=True, description="Keep the method for later charges")] = False


class PurchaseRequested(AboutAccount):
    """An account wants to buy a product; answered by `purchase.link_ready` or `purchase.failed`."""

    type: Literal["screph.purchase.requested.v1"]
    data: PurchaseData


class RefundData(Data):
    """How much of which order is to be given back, and why."""

    order_id: OrderId
    amount_minor: Annotated[Minor | None, Field(gt=0, description="Without it, all that may be refunded")] = None
    reason: Text500
    requested_by: Text128
    waive_minutes: Annotated[
        bool, Field(strict=True, description="The buyer keeps the minutes, used or not: a decision of support")
    ] = False


class RefundRequested(AboutAccount):
    """Money is to be given back; answered by `refund.completed` or `refund.failed`."""

    type: Literal["screph.refund.requested.v1"]
    data: RefundData


class DisputeReportData(Data):
    """How a dispute stands, for gateways that tell of it by mail only."""

    order_id: OrderId
    dispute_ref: Text128
    state: Literal["open", "won", "lost"]
    reason: Text500


class DisputeReported(AboutAccount):
    """An operator tells of a dispute that a gateway does not send."""

    type: Literal["screph.dispute.reported.v1"]
    data: DisputeReportData


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
