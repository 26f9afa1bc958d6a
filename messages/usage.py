"""What Screph says about the use of minutes, and what it hears back. Queue `minute-usage`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from messages.envelope import AboutAccount
from messages.fields import (
    Data,
    MessageId,
    Metadata,
    Moment,
    Seconds,
    Source,
    Text128,
    Text500,
    UsageMinutes,
    UsageSeconds,
    exactly_one,
)


class UsageData(Data):
    """How much was used; exactly one of `seconds` and `minutes`."""

    seconds: UsageSeconds | None = None
    minutes: UsageMinutes | None = None
    session_id: Text128 | None = None
    feature: Text128 | None = None
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _one_length(self) -> "UsageData":
        exactly_one(self.seconds, self.minutes)
        return self

    @property
    def used_seconds(self) -> int:
        """The length in whole seconds, whichever way it was given."""
        return self.seconds if self.seconds is not None else 60 * (self.minutes or 0)


class UsageReported(AboutAccount):
    """Usage that has already happened; it is booked in full, if need be as debt."""

    type: Literal["screph.usage.reported.v1"]
    data: UsageData


class SpendRequested(AboutAccount):
    """A request to spend, all or nothing; answered by `spend.accepted` or `spend.refused`."""

    type: Literal["screph.spend.requested.v1"]
    data: UsageData


class ReversalData(Data):
    """Which usage is taken back, and why."""

    usage_id: Annotated[MessageId, Field(description="The id of the message that reported the usage")]
    usage_source: Annotated[
        Source | None, Field(description="The source of that message; without it, this message's own")
    ] = None
    reason: Text500
    our_fault: Annotated[
        bool,
        Field(strict=True, description="Grant anew, as a support package, what would expire again at once"),
    ] = False


class UsageReversed(AboutAccount):
    """A correction: the usage is undone, its seconds go back where they came from."""

    type: Literal["screph.usage.reversed.v1"]
    data: ReversalData


class BalanceChangedData(Data):
    """
    A thin snapshot of one account after a change.

    A snapshot with a higher `sequence` replaces every one with a lower; none is missing
    in between that would matter.
    """

    sequence: Annotated[int, Field(ge=1, description="Grows with every change of this account")]
    available_seconds: Seconds
    debt_seconds: Seconds


class BalanceChanged(AboutAccount):
    """What an account can spend has changed."""

    type: Literal["screph.balance.changed.v1"]
    data: BalanceChangedData


class SpendAcceptedData(Data):
    """The answer yes, naming the request by its `(source, id)`."""

    request_source: Source
    request_id: MessageId
    spent_seconds: Seconds


class SpendAccepted(AboutAccount):
    """A `spend.requested` was covered in full and is booked."""

    type: Literal["screph.spend.accepted.v1"]
    data: SpendAcceptedData


class SpendRefusedData(Data):
    """The answer no, naming the request by its `(source, id)`; nothing was changed."""

    request_source: Source
    request_id: MessageId
    requested_seconds: Seconds
    available_seconds: Seconds


class SpendRefused(AboutAccount):
    """A `spend.requested` asked for more than was available."""

    type: Literal["screph.spend.refused.v1"]
    data: SpendRefusedData


class UsageReversedFactData(Data):
    """What a correction gave back."""

    usage_id: MessageId
    usage_source: Source
    reason: str
    given_back_seconds: Seconds
    expired_again_seconds: Seconds
    cancelled_debt_seconds: Seconds
    support_package_id: str | None = None
    reversed_at: Moment


class UsageReversedFact(AboutAccount):
    """A usage has been undone."""

    type: Literal["screph.usage.reversed.v1"]
    data: UsageReversedFactData
