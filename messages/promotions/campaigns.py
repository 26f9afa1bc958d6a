"""Messages about campaigns: operators make, approve and void them, our own reminders, and the fact that one is done."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from messages.envelope import Envelope
from messages.errors import MessageRejected
from messages.faults import sentence
from messages.fields import (
    Country,
    Data,
    GrantMinutes,
    GrantSeconds,
    Moment,
    PersonName,
    Reason,
    Seconds,
    Text64,
    exactly_one,
)

CampaignId = Annotated[
    str,
    Field(
        strict=True,
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
        description="Chosen by people, such as outage-2026-11-20; the same one twice is one campaign",
    ),
]
BalanceSeconds = Annotated[int, Field(strict=True, ge=0, le=2**53)]


class SegmentData(Data):
    """Which accounts are meant: those that meet every criterion that is given."""

    is_everyone: Annotated[bool, Field(strict=True, description="Said where there is no other criterion")] = False
    used_from: Annotated[Moment | None, Field(description="Some usage happened from then on …")] = None
    used_until: Annotated[Moment | None, Field(description="… and before then")] = None
    unused_since: Annotated[Moment | None, Field(description="No usage happened from then on")] = None
    product_ids: Annotated[tuple[Text64, ...], Field(max_length=100, description="One of them was paid for")] = ()
    countries: Annotated[tuple[Country, ...], Field(max_length=100, description="One was named with an order")] = ()
    balance_below_seconds: BalanceSeconds | None = None
    balance_at_least_seconds: BalanceSeconds | None = None
    without_campaign_ids: Annotated[
        tuple[CampaignId, ...], Field(max_length=100, description="Whoever is in one of them is left out")
    ] = ()


def segment_data(given: Mapping[str, Any]) -> SegmentData:
    """
    Return what says which accounts are meant, for who only counts them.

    Raises:
        MessageRejected: a criterion is wrong.
    """
    try:
        return SegmentData.model_validate(given)
    except ValidationError as error:
        raise MessageRejected("Invalid", sentence(error)) from error


class CampaignCreateData(Data):
    """What is given, to whom and why."""

    campaign_id: CampaignId
    kind: Annotated[Literal["compensation", "bonus"], Field(description="Makes support minutes, or bonus minutes")] = (
        "compensation"
    )
    segment: SegmentData
    seconds: Annotated[GrantSeconds | None, Field(description="For each account; or `minutes`")] = None
    minutes: GrantMinutes | None = None
    valid_days: Annotated[int | None, Field(strict=True, gt=0, le=3_660, description="Without it, for ever")] = None
    reason: Reason
    created_by: PersonName

    @model_validator(mode="after")
    def _one_length(self) -> "CampaignCreateData":
        exactly_one(self.seconds, self.minutes)
        return self

    @property
    def seconds_each(self) -> int:
        """What each account gets, in seconds."""
        return self.seconds if self.seconds is not None else 60 * (self.minutes or 0)


class CampaignCreateRequested(Envelope):
    """Every account of a segment is to get the same minutes; a large campaign waits for somebody else's approval."""

    type: Literal["screph.campaign.create_requested.v1"]
    data: CampaignCreateData


class CampaignApproveData(Data):
    """Which campaign may begin, and who says so."""

    campaign_id: CampaignId
    approved_by: PersonName


class CampaignApproveRequested(Envelope):
    """Somebody else than its maker has approved a campaign; it begins at once."""

    type: Literal["screph.campaign.approve_requested.v1"]
    data: CampaignApproveData


class CampaignVoidData(Data):
    """Which campaign's unused rest is taken back, who says so, and why."""

    campaign_id: CampaignId
    voided_by: PersonName
    reason: Reason


class CampaignVoidRequested(Envelope):
    """A campaign gives nothing any more, and what is left of its packages is taken back."""

    type: Literal["screph.campaign.void_requested.v1"]
    data: CampaignVoidData


class CampaignsData(Data):
    """Nothing: the work is whatever there is to do when it runs."""


class CampaignsRunRequested(Envelope):
    """Campaigns that are running or being voided are to go on."""

    type: Literal["screph.campaigns_run.requested.v1"]
    data: CampaignsData


class CampaignCompletedData(Data):
    """What a campaign has given in all, or what was taken back of it."""

    campaign_id: CampaignId
    outcome: Literal["granted", "voided"]
    kind: Literal["compensation", "bonus"]
    accounts: Annotated[int, Field(ge=0, description="That got their minutes")]
    granted_seconds: Annotated[Seconds, Field(description="In all")]
    voided_seconds: Annotated[Seconds, Field(description="Taken back in all")]
    completed_at: Moment


class CampaignCompleted(Envelope):
    """Every account of a campaign has its minutes; or, later, what was left of them is taken back."""

    type: Literal["screph.campaign.completed.v1"]
    data: CampaignCompletedData
