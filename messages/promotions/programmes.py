"""Bonus programmes: how an operator makes one, and switches it off and on."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from messages.envelope import Envelope
from messages.fields import Data, GrantSeconds, Moment, PersonName, Reason, Text64

ProgrammeId = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$"),
    Field(description="Its name, such as `welcome-2026`"),
]
Days = Annotated[int, Field(strict=True, gt=0, le=3_650)]


class ProgrammeCreateData(Data):
    """What a programme gives, for what, and how much at the most."""

    programme_id: ProgrammeId
    trigger: Literal["first_purchase", "nth_purchase", "return", "birthday"]
    seconds: Annotated[GrantSeconds, Field(description="Given each time")]
    valid_days: Annotated[Days | None, Field(description="Of the package; without it, it never expires")] = None
    purchases: Annotated[
        int | None,
        Field(strict=True, ge=0, le=10_000, description="nth_purchase: which one; birthday: so many at the least"),
    ] = None
    after_days: Annotated[Days | None, Field(description="return: nothing was bought for so long")] = None
    product_ids: Annotated[list[Text64] | None, Field(max_length=100, description="Without any, all count")] = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    uses_limit: Annotated[int | None, Field(strict=True, gt=0, le=10**9)] = None
    budget_seconds: Annotated[int | None, Field(strict=True, gt=0, le=10**12)] = None
    created_by: PersonName

    @model_validator(mode="after")
    def _is_whole(self) -> "ProgrammeCreateData":
        if self.trigger == "nth_purchase" and not self.purchases:
            raise ValueError("nth_purchase says with `purchases` which one, such as 3")
        if (self.trigger == "return") != (self.after_days is not None):
            raise ValueError("return, and nothing else, says with `after_days` after how long")
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("`ends_at` is after `starts_at`")
        return self


class ProgrammeCreateRequested(Envelope):
    """An operator makes a bonus programme; it gives from now on, or from its start."""

    type: Literal["screph.programme.create_requested.v1"]
    data: ProgrammeCreateData


class ProgrammeSwitchData(Data):
    """Whether a programme is to give, and why that changes."""

    programme_id: ProgrammeId
    is_on: Annotated[bool, Field(strict=True)]
    reason: Reason
    changed_by: PersonName


class ProgrammeSwitchRequested(Envelope):
    """An operator switches a programme off, or on again; what it has given stays."""

    type: Literal["screph.programme.switch_requested.v1"]
    data: ProgrammeSwitchData
