"""Messages about saved methods: saving one without a payment, choosing and forgetting, and what came of it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import AboutAccount
from messages.fields import (
    Address,
    Country,
    Currency,
    Data,
    Locale,
    MessageId,
    Moment,
    RowId,
    Source,
    Text64,
    Text128,
    Text500,
)

SetupId = Annotated[Text64, Field(description="Our id of the setup")]
MethodId = Annotated[RowId, Field(description="Our id of the saved method")]


class SetupData(Data):
    """Where a method is to be saved, and where the buyer comes back to."""

    currency: Annotated[Currency | None, Field(description="Of the charges to come; else as for a purchase")] = None
    country: Annotated[Country | None, Field(description="Helps to choose the gateway")] = None
    gateway: Annotated[Text64 | None, Field(description="Without it, chosen by currency and country")] = None
    locale: Locale | None = None
    return_url: Annotated[Address | None, Field(description="Without it, the installation's")] = None
    cancel_url: Address | None = None


class SetupRequested(AboutAccount):
    """An account wants to save a method without paying; answered by `method.link_ready` or `method.setup_failed`."""

    type: Literal["screph.method.setup_requested.v1"]
    data: SetupData


class SetupReturnedData(Data):
    """Which setup a buyer has come back from."""

    setup_id: SetupId


class SetupReturned(AboutAccount):
    """A buyer is back from the page of a setup, so its gateway is asked at once instead of at the next poll."""

    type: Literal["screph.method.setup_returned.v1"]
    data: SetupReturnedData


class MethodData(Data):
    """Which saved method is meant."""

    method_id: MethodId


class MethodPreferRequested(AboutAccount):
    """A saved method is to be charged before all others of its account."""

    type: Literal["screph.method.prefer_requested.v1"]
    data: MethodData


class MethodForgetRequested(AboutAccount):
    """A saved method is to be charged no more, and its gateway is to forget it; answered by `method.ended`."""

    type: Literal["screph.method.forget_requested.v1"]
    data: MethodData


class SetupLinkReadyData(Data):
    """Where the buyer saves a method; the request is named by its `(source, id)`."""

    request_source: Source
    request_id: MessageId
    setup_id: SetupId
    gateway: Text64
    url: Address
    expires_at: Moment | None = None


class SetupLinkReady(AboutAccount):
    """A page is open on which a method is saved and nothing is paid."""

    type: Literal["screph.method.link_ready.v1"]
    data: SetupLinkReadyData


class SetupFailedData(Data):
    """Why no method was saved; `code` is the gateway's word or ours."""

    setup_id: SetupId
    gateway: Text64
    code: Text128


class SetupFailed(AboutAccount):
    """A setup came to nothing; the buyer may still finish it late."""

    type: Literal["screph.method.setup_failed.v1"]
    data: SetupFailedData


class MethodSavedData(Data):
    """What was saved; `label` is for people, `expires_on` the last day of a card."""

    method_id: MethodId
    gateway: Text64
    label: Text500
    expires_on: date | None = None


class MethodSaved(AboutAccount):
    """A method is saved, by a payment or by a setup, and may be charged without the buyer."""

    type: Literal["screph.method.saved.v1"]
    data: MethodSavedData


class MethodEndedData(Data):
    """Which method is charged no more, and why."""

    method_id: MethodId
    gateway: Text64
    label: Text500
    reason: Literal["forgotten", "lost"]


class MethodEnded(AboutAccount):
    """A method is charged no more: the buyer let us forget it, or its gateway has lost it."""

    type: Literal["screph.method.ended.v1"]
    data: MethodEndedData
