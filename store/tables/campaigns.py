"""Tables of campaigns, a part of the capability `promotions`: what is given to the accounts of a segment."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.promotions.campaign import CampaignKind, CampaignStatus
from store.tables.columns import bigint, document, integer, moment, number, one_of, string


class CampaignRow(SQLModel, table=True):
    """
    Minutes for every account of a segment; domain/promotions/campaign.py explains each column.

    `segment` is what was asked for; who was meant by it stands in `campaign_account`.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("seconds_each > 0 AND valid_days > 0 AND accounts >= 0", name="campaign_offer_positive"),
        CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL) AND lower(approved_by) <> lower(created_by)",
            name="campaign_approved_by_another",
        ),
        CheckConstraint("status <> 'waiting' OR started_at IS NULL", name="campaign_waiting"),
        CheckConstraint("status NOT IN ('running', 'completed') OR started_at IS NOT NULL", name="campaign_started"),
        CheckConstraint("status <> 'completed' OR granted_accounts = accounts", name="campaign_completed"),
        CheckConstraint(
            "(status IN ('voiding', 'voided')) = (void_message_id IS NOT NULL)"
            " AND (void_message_id IS NULL) = (void_reason IS NULL)",
            name="campaign_void_has_cause",
        ),
        CheckConstraint(
            "(status = 'voided') = (voided_at IS NOT NULL) AND (voided_at IS NULL) = (voided_seconds IS NULL)",
            name="campaign_voided",
        ),
        UniqueConstraint("id", name="campaign_id"),
    )

    number: int | None = Field(default=None, sa_column=number(primary_key=True))
    id: str = Field(sa_column=string())
    kind: str = Field(sa_column=one_of("campaign_kind", *CampaignKind))
    segment: dict[str, Any] = Field(sa_column=document(null=False))
    seconds_each: int = Field(sa_column=bigint())
    valid_days: int | None = Field(default=None, sa_column=integer(null=True))
    reason: str = Field(sa_column=string())
    accounts: int = Field(sa_column=integer())
    status: str = Field(sa_column=one_of("campaign_status", *CampaignStatus))
    message_id: int = Field(sa_column=bigint())
    created_by: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())
    approved_by: str | None = Field(default=None, sa_column=string(null=True))
    approved_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    started_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    completed_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    granted_accounts: int | None = Field(default=None, sa_column=integer(null=True))
    void_message_id: int | None = Field(default=None, sa_column=bigint(null=True))
    void_requested_by: str | None = Field(default=None, sa_column=string(null=True))
    void_requested_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    void_reason: str | None = Field(default=None, sa_column=string(null=True))
    voided_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    voided_seconds: int | None = Field(default=None, sa_column=bigint(null=True))


class CampaignAccountRow(SQLModel, table=True):
    """
    An account that a campaign is for, written down when it was created; `package` is what it got, once it has.

    `voided_seconds` is what was taken back, 0 where nothing was left; NULL: not looked at yet. No index but the key, so
    a grant changes the row in its place.
    """

    __tablename__ = "campaign_account"
    __table_args__ = (
        CheckConstraint("voided_seconds IS NULL OR package IS NOT NULL", name="campaign_account_voided_was_granted"),
        CheckConstraint("voided_seconds >= 0", name="campaign_account_voided_not_negative"),
        # `save` writes packages first, so the key need not wait for the commit.
        ForeignKeyConstraint(
            ["package", "account"], ["package.number", "package.account"], name="campaign_account_package_fkey"
        ),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    campaign: int = Field(sa_column=integer(ForeignKey("campaign.number"), primary_key=True, autoincrement=False))
    account: int = Field(sa_column=integer(ForeignKey("account.number"), primary_key=True, autoincrement=False))
    package: int | None = Field(default=None, sa_column=integer(null=True))
    voided_seconds: int | None = Field(default=None, sa_column=bigint(null=True))
