"""Reading campaigns: what a segment would cost, and how far a campaign is. Nothing here writes or locks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from domain.money import Money
from domain.promotions.campaign import CampaignKind, CampaignStatus
from domain.promotions.segment import Segment
from store.cursor import read_cursor, write_cursor
from store.promotions.segment import count_accounts
from store.promotions.worth import worth_of
from store.records import columns_of, record_of, table_of
from store.tables import CampaignAccountRow, CampaignRow, PackageRow

_CAMPAIGNS, _MEMBERS = table_of(CampaignRow), table_of(CampaignAccountRow)
_PACKAGES = table_of(PackageRow)


class UnknownCampaign(LookupError):
    """No campaign has this id."""


@dataclass(frozen=True, slots=True)
class SegmentCost:
    """How many accounts are in a segment, and what the same seconds for each are worth in all, by currency."""

    accounts: int
    seconds: int
    worth: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign in a list; `accounts` is how many it is for."""

    id: str
    kind: CampaignKind
    status: CampaignStatus
    accounts: int
    seconds_each: int
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CampaignDetails:
    """A campaign as it was made, approved and voided."""

    id: str
    kind: CampaignKind
    status: CampaignStatus
    segment: Mapping[str, Any]
    accounts: int
    seconds_each: int
    valid_days: int | None
    reason: str
    created_by: str
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    void_requested_by: str | None
    void_requested_at: datetime | None
    void_reason: str | None
    voided_at: datetime | None


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """
    A campaign and how far it is.

    `granted_accounts` have got their minutes; of those `consumed_seconds` are used, `left_seconds` can be used or
    are frozen, and `voided_seconds` were taken back.
    """

    campaign: CampaignDetails
    granted_accounts: int
    consumed_seconds: int
    left_seconds: int
    voided_seconds: int


def segment_cost(session: Session, segment: Segment, *, seconds_each: int, at: datetime) -> SegmentCost:
    """
    Return what it would cost to give everyone in a segment so many seconds; nothing is written down.

    Args:
        session: any.
        segment: whose accounts are counted.
        seconds_each: what each of them would get.
        at: aware UTC moment as of which they are counted.
    """
    accounts = count_accounts(session, segment, at=at)
    seconds = accounts * seconds_each
    return SegmentCost(accounts, seconds, worth_of(session, seconds, at=at))


def list_campaigns(session: Session, *, limit: int, cursor: str | None) -> tuple[tuple[CampaignLine, ...], str | None]:
    """
    Return a page of campaigns, the newest first, and the cursor of the next one, where there is one.

    Raises:
        WrongCursor: no page of campaigns has given it.
    """
    number = _CAMPAIGNS.c.number
    query = select(number, *columns_of(CampaignLine, _CAMPAIGNS)).order_by(number.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(number < read_cursor(cursor, number=int)["number"])
    rows = session.execute(query).all()
    following = write_cursor({"number": rows[limit - 1].number}) if len(rows) > limit else None
    return tuple(record_of(CampaignLine, _CAMPAIGNS, row) for row in rows[:limit]), following


def campaign_page(session: Session, campaign_id: str) -> CampaignPage:
    """
    Return a campaign and how far it is.

    Raises:
        UnknownCampaign: there is none of this id.
    """
    found = select(_CAMPAIGNS.c.number, *columns_of(CampaignDetails, _CAMPAIGNS)).where(_CAMPAIGNS.c.id == campaign_id)
    row = session.execute(found).one_or_none()
    if row is None:
        raise UnknownCampaign(f"there is no campaign {campaign_id}; `billing promotions campaigns list` shows all")
    of_package = (_PACKAGES.c.number == _MEMBERS.c.package) & (_PACKAGES.c.account == _MEMBERS.c.account)
    sums = (
        select(
            func.count().label("granted"),
            func.coalesce(func.sum(_PACKAGES.c.consumed_seconds), 0).label("consumed"),
            func.coalesce(func.sum(_PACKAGES.c.left_seconds + _PACKAGES.c.frozen_seconds), 0).label("left"),
            func.coalesce(func.sum(_PACKAGES.c.voided_seconds), 0).label("voided"),
        )
        .select_from(_MEMBERS.join(_PACKAGES, of_package))
        .where(_MEMBERS.c.campaign == row.number)
    )
    far = session.execute(sums).one()
    campaign = record_of(CampaignDetails, _CAMPAIGNS, row)
    return CampaignPage(campaign, far.granted, int(far.consumed), int(far.left), int(far.voided))
