"""Packages asked for, granted and ended. Queue `minute-usage`, so that a grant keeps its place before usage."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from messages.envelope import AboutAccount
from messages.fields import Data, GrantMinutes, GrantSeconds, Moment, Seconds, Text500, exactly_one

Kind = Literal["purchased", "subscription", "promo", "bonus", "support"]


class GrantData(Data):
    """What to grant; exactly one of `seconds` and `minutes`."""

    kind: Kind
    seconds: GrantSeconds | None = None
    minutes: GrantMinutes | None = None
    priority: Annotated[int, Field(strict=True, ge=0, le=1000, description="Lower burns first")] | None = None
    activated_at: Annotated[Moment | None, Field(description="Without it, the time of the message")] = None
    expires_at: Annotated[Moment | None, Field(description="Exclusive; without it, never")] = None
    reason: Text500 | None = None

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
