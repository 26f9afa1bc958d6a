"""What gateways tell us, as it was received. Queue `webhook`; only our own relay writes it."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import Envelope
from messages.fields import Data, Text64, Text128


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
    body_base64: Annotated[str, Field(description="The raw bytes, unaltered")]


class WebhookReceived(Envelope):
    """A webhook was verified and accepted; its id is the gateway's, so that a repeat is known as one."""

    type: Literal["screph.webhook.received.v1"]
    data: WebhookReceivedData
