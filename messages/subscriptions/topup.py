"""Messages about auto top-up: how an account wants it, what came of it, and our own reminders."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import AboutAccount, Envelope
from messages.fields import Currency, Data, Minor, OrderId, RowId, Seconds, Text64, Text128

ThresholdSeconds = Annotated[
    int, Field(strict=True, gt=0, le=10_000 * 3_600, description="Below so much balance, less debt, it is bought")
]


class TopupSetData(Data):
    """How an account is to be topped up; everything that is left out is as before, or as said beside it."""

    is_on: Annotated[bool, Field(strict=True)]
    threshold_seconds: Annotated[ThresholdSeconds | None, Field(description="Needed the first time")] = None
    product_id: Annotated[Text64 | None, Field(description="What is bought; needed the first time")] = None
    currency: Annotated[
        Currency | None,
        Field(
            description="Without it, the account's, else the installation's; a new one needs the limit of money again"
        ),
    ] = None
    method_id: Annotated[RowId | None, Field(description="Without it, or after its end, another saved method")] = None
    max_per_day: Annotated[int | None, Field(strict=True, ge=1, le=24, description="Of a UTC day; 3 without it")] = None
    max_minor_per_day: Annotated[
        Minor | None, Field(gt=0, description="Money of a UTC day, in minor units; without limit if never given")
    ] = None
    cooldown_seconds: Annotated[
        int | None, Field(strict=True, ge=3_600, le=31 * 86_400, description="After a success; 3600 without it")
    ] = None


class TopupSetRequested(AboutAccount):
    """An account wants minutes to be bought automatically, otherwise than before, or not any more."""

    type: Literal["screph.topup.set_requested.v1"]
    data: TopupSetData


class TopupSucceededData(Data):
    """What was bought automatically."""

    order_id: OrderId
    gateway: Text64
    product_id: Text64
    amount_minor: Minor
    currency: Currency
    granted_seconds: Seconds
    available_seconds: Seconds


class TopupSucceeded(AboutAccount):
    """Minutes were bought automatically, and they are there."""

    type: Literal["screph.topup.succeeded.v1"]
    data: TopupSucceededData


class TopupFailedData(Data):
    """Why nothing is bought automatically any more; `code` is the gateway's word, where it said no."""

    reason: Literal["declined", "no_method", "not_for_sale", "account_closed", "burst"]
    code: Text128 | None = None
    order_id: OrderId | None = None


class TopupFailed(AboutAccount):
    """Auto top-up was switched off by itself; the account may switch it on again."""

    type: Literal["screph.topup.failed.v1"]
    data: TopupFailedData


class TopupDueData(Data):
    """Nothing: whatever is due is done."""


class TopupDue(AboutAccount):
    """A balance has fallen below the threshold of its account's auto top-up."""

    type: Literal["screph.topup.due.v1"]
    data: TopupDueData


class TopupSettledData(Data):
    """Which order has ended."""

    order_id: OrderId


class TopupSettled(AboutAccount):
    """The order of a top-up was paid, or declined, or has expired."""

    type: Literal["screph.topup.settled.v1"]
    data: TopupSettledData


class TopupsRequested(Envelope):
    """Balances below their threshold, and top-ups that have ended, are to be looked for."""

    type: Literal["screph.topups.requested.v1"]
    data: TopupDueData
