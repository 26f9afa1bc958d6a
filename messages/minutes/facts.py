"""What we send out about minutes, once it is committed."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import AboutAccount
from messages.fields import (
    Data,
    MessageId,
    Moment,
    Seconds,
    Source,
)
from messages.minutes.requests import Kind


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
    available_seconds: Annotated[Seconds | None, Field(description="What can be spent after it")] = None
    package_id: Annotated[str | None, Field(description="The package that was taken from last")] = None
    package_left_seconds: Annotated[Seconds | None, Field(description="What that one has left")] = None


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
    code: Annotated[
        Literal["AccountBlocked", "AccountClosed"] | None,
        Field(description="Why, where it is not that too little is left"),
    ] = None


class SpendRefused(AboutAccount):
    """A `spend.requested` asked for more than was available, or its account may not spend."""

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


class PackageGrantedData(Data):
    """A new package; a purchased one may already have paid debt."""

    package_id: str
    kind: Kind
    priority: int
    granted_seconds: Seconds
    settled_debt_seconds: Seconds
    activated_at: Moment
    expires_at: Moment | None


class PackageGranted(AboutAccount):
    """An account owns a new package."""

    type: Literal["screph.package.granted.v1"]
    data: PackageGrantedData


class PackageStartedData(Data):
    """A package that was granted for later, and what is in it."""

    package_id: str
    kind: Kind
    started_at: Moment
    left_seconds: Seconds
    expires_at: Moment | None


class PackageStarted(AboutAccount):
    """A package that was granted for later can be used from now on."""

    type: Literal["screph.package.started.v1"]
    data: PackageStartedData


class PackageExpiredData(Data):
    """A package whose time is over, and what was left in it when this was noticed."""

    package_id: str
    kind: Kind
    expired_at: Moment
    unused_seconds: Annotated[
        Seconds, Field(description="Usage from before the end may still lower it within the late window")
    ]


class PackageExpired(AboutAccount):
    """A package has reached its end with something left in it."""

    type: Literal["screph.package.expired.v1"]
    data: PackageExpiredData
