"""What comes in about payments: purchases, refunds, disputes, and webhooks of gateways."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from messages.envelope import AboutAccount, Envelope
from messages.fields import (
    Address,
    BuyerAddress,
    Codes,
    Country,
    Currency,
    Data,
    Locale,
    Minor,
    OrderId,
    PersonName,
    Reason,
    RowId,
    Text64,
    Text128,
)


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
    method_id: Annotated[
        RowId | None,
        Field(description="A saved method of the account, charged at once; without it, a page"),
    ] = None
    expected_minor: Annotated[
        Minor | None, Field(description="The price without codes that the buyer was shown; refused where it is another")
    ] = None
    codes: Codes = ()
    address: BuyerAddress = None

    @model_validator(mode="after")
    def _one_way(self) -> "PurchaseData":
        if self.method_id is not None and (self.gateway is not None or self.save_method):
            raise ValueError("give method_id alone: a saved method has its gateway, and is saved already")
        return self


class PurchaseRequested(AboutAccount):
    """
    An account wants to buy a product; answered by `purchase.link_ready` or `purchase.failed`.

    With a saved method it is charged at once: `purchase.completed` or `purchase.failed`.
    """

    type: Literal["screph.purchase.requested.v1"]
    data: PurchaseData


class RefundData(Data):
    """How much of which order is to be given back, and why."""

    order_id: OrderId
    amount_minor: Annotated[Minor | None, Field(gt=0, description="Without it, all that may be refunded")] = None
    reason: Reason
    requested_by: PersonName
    waive_minutes: Annotated[
        bool, Field(strict=True, description="The buyer keeps the minutes, used or not: a decision of support")
    ] = False
    expected_refundable_minor: Annotated[
        Minor | None, Field(ge=0, description="What a person was shown; refused when it is not so any more")
    ] = None


class RefundRequested(AboutAccount):
    """Money is to be given back; answered by `refund.completed` or `refund.failed`."""

    type: Literal["screph.refund.requested.v1"]
    data: RefundData


class DisputeReportData(Data):
    """How a dispute stands, for gateways that report it by mail only."""

    order_id: OrderId
    dispute_ref: Text128
    state: Literal["open", "won", "lost"]
    reason: Reason
    amount_minor: Annotated[Minor | None, Field(gt=0, description="Without it, all that was paid")] = None


class DisputeReported(AboutAccount):
    """An operator reports a dispute that a gateway does not send."""

    type: Literal["screph.dispute.reported.v1"]
    data: DisputeReportData


class WebhookReceivedData(Data):
    """
    What a verified webhook is about, and its bytes as they came.

    It says that something has changed, never what it has changed to: that is asked of the gateway.
    """

    gateway: Annotated[Text64, Field(description="The gateway's name, such as stripe")]
    subject: Annotated[
        Literal["checkout", "payment", "refund", "dispute", "method"], Field(description="What `ref` names")
    ]
    ref: Annotated[Text128, Field(description="The gateway's id of what has changed")]
    event: Annotated[Text128, Field(description="The gateway's own word for what has happened")]
    is_signed: Annotated[
        bool, Field(strict=True, description="A signature was checked, not only the address it came from")
    ]
    body_base64: Annotated[str, Field(description="The raw bytes, unaltered", repr=False)]


class WebhookReceived(Envelope):
    """A webhook was verified and accepted; its id is the gateway's, so that a repeat is known as one."""

    type: Literal["screph.webhook.received.v1"]
    data: WebhookReceivedData
