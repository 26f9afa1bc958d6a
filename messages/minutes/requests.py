"""What producers ask about minutes: usage, requests to spend, corrections, grants. Queue `minute-usage`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from messages.envelope import AboutAccount
from messages.fields import (
    Data,
    GrantMinutes,
    GrantSeconds,
    MessageId,
    Metadata,
    Moment,
    Reason,
    Source,
    Text128,
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
    """Which usage is reversed, and why."""

    usage_id: Annotated[MessageId, Field(description="The id of the message that reported the usage")]
    usage_source: Annotated[
        Source | None, Field(description="The source of that message; without it, this message's own")
    ] = None
    reason: Reason
    our_fault: Annotated[
        bool,
        Field(strict=True, description="Grant again, as a support package, what would expire again at once"),
    ] = False


class UsageReversed(AboutAccount):
    """A correction: the usage is undone, its seconds go back where they came from."""

    type: Literal["screph.usage.reversed.v1"]
    data: ReversalData


Kind = Literal["purchased", "subscription", "promo", "bonus", "support"]


class GrantData(Data):
    """What to grant; exactly one of `seconds` and `minutes`."""

    kind: Kind
    seconds: GrantSeconds | None = None
    minutes: GrantMinutes | None = None
    priority: Annotated[int, Field(strict=True, ge=0, le=1000, description="Lower burns first")] | None = None
    activated_at: Annotated[Moment | None, Field(description="Without it, the time of the message")] = None
    expires_at: Annotated[Moment | None, Field(description="Exclusive; without it, never")] = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _one_length(self) -> "GrantData":
        exactly_one(self.seconds, self.minutes)
        return self

    @property
    def granted_seconds(self) -> int:
        """The length in whole seconds, whichever way it was given."""
        return self.seconds if self.seconds is not None else 60 * (self.minutes or 0)


class PackageGrantRequested(AboutAccount):
    """An account is to be given a package."""

    type: Literal["screph.package.grant_requested.v1"]
    data: GrantData
