"""Campaigns: minutes for every account of a segment, and who may give and take them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.refusal import Refusal


class CampaignKind(StrEnum):
    """Why minutes are given: to make good for something, or as a present."""

    COMPENSATION = "compensation"
    BONUS = "bonus"


class CampaignStatus(StrEnum):
    """How far a campaign is; README.md, "Campaigns"."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    VOIDING = "voiding"
    VOIDED = "voided"


WORKING = frozenset({CampaignStatus.RUNNING, CampaignStatus.VOIDING})
"""Those of which workers have something to do."""


@dataclass(frozen=True, slots=True)
class Offer:
    """
    What a campaign gives, to whom and why.

    `segment` is what was asked for, as the message has it; its accounts are written down when the campaign is created.
    `seconds_each` is what an account gets, for `valid_days`; None: for ever.
    """

    kind: CampaignKind
    segment: Mapping[str, Any]
    seconds_each: int
    valid_days: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """
    A campaign, named by whoever made it, such as `outage-2026-11-20`.

    `accounts` is how many accounts are in it. `message_id` is the message that causes the grants, `void_message_id` the
    one that takes their rest back. `voided_seconds` is what was taken back, once that is done.
    """

    id: str
    kind: CampaignKind
    segment: Mapping[str, Any]
    seconds_each: int
    valid_days: int | None
    reason: str
    accounts: int
    status: CampaignStatus
    message_id: int
    created_by: str
    created_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    granted_accounts: int | None = None
    void_message_id: int | None = None
    void_requested_by: str | None = None
    void_requested_at: datetime | None = None
    void_reason: str | None = None
    voided_at: datetime | None = None
    voided_seconds: int | None = None

    @property
    def seconds(self) -> int:
        """What it gives in all."""
        return self.accounts * self.seconds_each

    def offers(self, offer: Offer) -> bool:
        """Tell whether it is the same offer, whatever reason is given for it."""
        mine = (self.kind, dict(self.segment), self.seconds_each, self.valid_days)
        return mine == (offer.kind, dict(offer.segment), offer.seconds_each, offer.valid_days)


def new_campaign(campaign_id: str, offer: Offer, message_id: int, by: str, *, at: datetime) -> Campaign:
    """Return a campaign whose accounts are not counted yet; it waits."""
    return Campaign(
        id=campaign_id,
        kind=offer.kind,
        segment=offer.segment,
        seconds_each=offer.seconds_each,
        valid_days=offer.valid_days,
        reason=offer.reason,
        accounts=0,
        status=CampaignStatus.WAITING,
        message_id=message_id,
        created_by=by,
        created_at=at,
    )


def needs_approval(campaign: Campaign, *, approve_above_seconds: int) -> bool:
    """Tell whether a second person has to approve it: it gives more in all than one person may give."""
    return campaign.seconds > approve_above_seconds


def start(campaign: Campaign, *, at: datetime) -> Campaign:
    """Return a waiting campaign that has begun."""
    return replace(campaign, status=CampaignStatus.RUNNING, started_at=at)


def approve(campaign: Campaign, by: str, *, at: datetime) -> Campaign | Refusal:
    """
    Return a campaign that somebody else than its maker has approved; it begins at once.

    One that was approved by the same person before stays as it is.
    """
    if campaign.approved_by is not None and _is_same(campaign.approved_by, by):
        return campaign
    if campaign.status is not CampaignStatus.WAITING:
        return Refusal("NotWaiting", f"campaign {campaign.id} is {campaign.status}; it waits for no approval")
    if _is_same(campaign.created_by, by):
        return Refusal("SamePerson", f"{by} made this campaign; somebody else has to approve it")
    return start(replace(campaign, approved_by=by, approved_at=at), at=at)


def complete(campaign: Campaign, granted_accounts: int, *, at: datetime) -> Campaign:
    """Return a running campaign whose accounts all have their minutes."""
    return replace(campaign, status=CampaignStatus.COMPLETED, granted_accounts=granted_accounts, completed_at=at)


def request_void(campaign: Campaign, by: str, reason: str, message_id: int, *, at: datetime) -> Campaign | Refusal:
    """
    Return a campaign that gives nothing any more, and whose unused rest is to be taken back.

    Whoever may grant may also take back: no second person is needed, for it stops what a mistake costs.
    """
    if campaign.status in (CampaignStatus.VOIDING, CampaignStatus.VOIDED):
        return Refusal("VoidedBefore", f"campaign {campaign.id} is {campaign.status} already")
    return replace(
        campaign,
        status=CampaignStatus.VOIDING,
        void_message_id=message_id,
        void_requested_by=by,
        void_requested_at=at,
        void_reason=reason,
    )


def end_void(campaign: Campaign, granted_accounts: int, voided_seconds: int, *, at: datetime) -> Campaign:
    """Return a campaign whose unused rest is taken back from everybody."""
    return replace(
        campaign,
        status=CampaignStatus.VOIDED,
        granted_accounts=granted_accounts,
        voided_seconds=voided_seconds,
        voided_at=at,
    )


def ends_at(campaign: Campaign, *, granted_at: datetime) -> datetime | None:
    """Return when a package ends that is granted at a moment; None: never."""
    return None if campaign.valid_days is None else granted_at + timedelta(days=campaign.valid_days)


def _is_same(name: str, other: str) -> bool:
    return name.strip().casefold() == other.strip().casefold()
